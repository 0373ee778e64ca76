//! The same run gives the same bits: again, in other portions, and when it is killed and resumed; on each engine.

use crate::{
    program::{Desk, FIRST, same_metrics, says, shown, wait_until},
    support::{engines, engines_of_halves},
};
use ganvas::train::Checkpoint;
use std::time::{Duration, SystemTime};

/// With everything that draws random numbers, and with state that no gradient changes.
const ALL_OF_IT: [&str; 4] = [
    "--generator",
    "linear 32, batch_norm, relu, dropout 0.2, linear image, tanh",
    "--discriminator",
    "linear 24, leaky_relu 0.2, dropout 0.3, linear 1",
];

/// Simultaneous updates whose rates and momentum change with every update, from an epoch to the next within these few steps.
const TOGETHER: [&str; 14] = [
    "--schedule",
    "simultaneous",
    "--discriminator",
    "dropout 0.2, maxout 9x5, dropout 0.5, maxout 4 x 3, linear 1",
    "--r1",
    "0",
    "--optimizer",
    "sgd",
    "--lr",
    "0.05",
    "--lr-decay",
    "1.01",
    "--momentum-ramp",
    "0.9 by epoch 4",
];

#[test]
fn the_simultaneous_schedule_is_exact_however_it_is_cut() {
    for device in engines("the simultaneous schedule on WGSL") {
        let whole = Desk::new();
        whole.train(&[&["--device", device, "--set", "steps_per_submit=60"], &TOGETHER[..]].concat());
        let cut = Desk::new();
        cut.train(
            &[&["--device", device, "--steps", "31", "--set", "steps_per_submit=60", "--metrics-every", "10"], &TOGETHER[..]].concat(),
        );
        cut.ganvas(&["resume", FIRST, "--steps", "60"]);
        assert!(whole.read(&whole.newest(FIRST)) == cut.read(&cut.newest(FIRST)), "checkpoints differ on {device}");
        let single = Desk::new();
        single.train(&[&["--device", device, "--set", "steps_per_submit=1"], &TOGETHER[..]].concat());
        same_metrics(&single.timeless_metrics(FIRST), &whole.timeless_metrics(FIRST));
        // After 60 updates: 1.01^-60, and, in the fourth epoch of 18 batches, nothing left of the ramp.
        let checkpoint = Checkpoint::read(&whole.path(whole.newest(FIRST))).unwrap();
        for powers in ["powers/G", "powers/D"] {
            let [_, _, rate, ramp] = checkpoint.tensors[powers].1[..] else { panic!("four powers") };
            assert!((f64::from(rate) - 1.01f64.powi(-60)).abs() < 1e-6, "{rate} is left of the rate on {device}");
            assert_eq!(ramp, 0.0, "left of the ramp on {device}");
        }
        let middle = Checkpoint::read(&whole.path(format!("{FIRST}/checkpoints/step-000020.safetensors"))).unwrap();
        assert_eq!(middle.tensors["powers/D"].1[3], 1.0 - 1.0 / 3.0, "the second epoch's share of the ramp on {device}");
    }
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    for device in engines("the same run twice on WGSL") {
        let [first, second] = [Desk::new(), Desk::new()];
        for desk in [&first, &second] {
            desk.train(&[&["--device", device, "--k", "2"], &ALL_OF_IT[..]].concat());
        }
        for name in ["checkpoints/step-000020.safetensors", "checkpoints/step-000060.safetensors", "samples/step-000060.png"] {
            let name = format!("{FIRST}/{name}");
            assert!(first.read(&name) == second.read(&name), "{name} differs on {device}");
        }
        same_metrics(&first.timeless_metrics(FIRST), &second.timeless_metrics(FIRST));
        let other = Desk::new();
        other.train(&[&["--device", device, "--k", "2", "--seed", "1"], &ALL_OF_IT[..]].concat());
        assert_ne!(first.timeless_metrics(FIRST), other.timeless_metrics(FIRST), "another seed on {device}");
    }
}

#[test]
fn values_in_f16_are_exact_too() {
    for device in engines_of_halves("f16 storage on WGSL") {
        let args = [&["--device", device, "--storage", "f16"], &ALL_OF_IT[..]].concat();
        let [whole, cut, other] = [Desk::new(), Desk::new(), Desk::new()];
        whole.train(&args);
        cut.train(&[&args[..], &["--steps", "20", "--steps-per-submit", "1"]].concat());
        cut.ganvas(&["resume", FIRST, "--steps", "60"]);
        let tensors = |desk: &Desk| Checkpoint::read(&desk.path(desk.newest(FIRST))).unwrap().tensors;
        assert!(tensors(&whole) == tensors(&cut), "checkpoints differ on {device}");
        same_metrics(&whole.timeless_metrics(FIRST), &cut.timeless_metrics(FIRST));
        other.train(&[&["--device", device], &ALL_OF_IT[..]].concat());
        assert!(tensors(&whole) != tensors(&other), "f16 changes nothing on {device}");
        // Weights are no values of a forward pass.
        let weight = &tensors(&whole)["G.0.weight"].1;
        assert!(weight.iter().any(|w| half::f16::from_f32(*w).to_f32() != *w), "weights in f16 on {device}");
    }
}

#[test]
fn steps_per_submit_change_nothing() {
    for device in engines("steps per submit on WGSL") {
        let results = ["1", "7", "0"].map(|steps_per_submit| {
            let desk = Desk::new();
            desk.train(&[&["--device", device, "--steps-per-submit", steps_per_submit], &ALL_OF_IT[..]].concat());
            let mut checkpoint = Checkpoint::read(&desk.path(desk.newest(FIRST))).unwrap();
            assert_eq!(checkpoint.config.steps_per_submit.to_string(), steps_per_submit);
            checkpoint.config.steps_per_submit = 0;
            (checkpoint.to_bytes().unwrap(), desk.timeless_metrics(FIRST))
        });
        for result in &results[1..] {
            assert!(result.0 == results[0].0, "checkpoints differ on {device}");
            same_metrics(&result.1, &results[0].1);
        }
    }
}

/// Whether pictures are changed is a function of a probability that adapts, which a resumed run finds as it was, also between two of its
/// steps.
#[test]
fn augmentation_goes_on_after_a_resume() {
    let args = ["--flip", "--ada", "--augment", "flip,color,translation,cutout", "--ada-target", "0.1", "--r1", "3"];
    for device in engines("augmentation on WGSL") {
        for schedule in ["alternating", "simultaneous"] {
            let args = [&["--device", device, "--schedule", schedule], &args[..]].concat();
            let [whole, cut, single] = [Desk::new(), Desk::new(), Desk::new()];
            whole.train(&[&args[..], &["--steps-per-submit", "60"]].concat());
            cut.train(&[&args[..], &["--steps-per-submit", "60", "--steps", "31"]].concat());
            cut.ganvas(&["resume", FIRST, "--steps", "60"]);
            assert!(whole.read(&whole.newest(FIRST)) == cut.read(&cut.newest(FIRST)), "checkpoints differ on {device}, {schedule}");
            single.train(&[&args[..], &["--steps-per-submit", "1"]].concat());
            same_metrics(&single.timeless_metrics(FIRST), &whole.timeless_metrics(FIRST));
            let [middle, end] = [(&cut, 31), (&whole, 60)]
                .map(|(desk, step)| Checkpoint::read(&desk.path(format!("{FIRST}/checkpoints/step-{step:06}.safetensors"))).unwrap());
            // 31 updates are no multiple of four: the signs of three wait.
            assert!(middle.tensors["ada"].1[1] != 0.0, "{:?}", middle.tensors["ada"]);
            assert!(end.tensors["ada"].1[0] > 0.0, "D is never sure of itself: {:?}", end.tensors["ada"]);
            let lines = whole.timeless_metrics(FIRST);
            let p: Vec<f64> = lines.iter().map(|line| line["augment_p"].as_f64().unwrap()).collect();
            assert!(p.iter().all(|p| (0.0..1.0).contains(p)) && p.last() > p.first(), "{p:?}");
            assert!(lines.iter().all(|line| line["sign_real"].as_f64().unwrap().abs() <= 1.0));
        }
    }
}

/// Running statistics are no function of seed and step: a resumed run must find them, and show the same images from them.
#[test]
fn running_statistics_go_on_after_a_resume() {
    let nets = [
        "--generator",
        "linear 32, batch_norm, relu, linear image, tanh",
        "--discriminator",
        "linear 24, batch_norm, leaky_relu 0.2, linear 1",
        "--set",
        "r1=0",
        "--set",
        "ema=0.9",
    ];
    for device in engines("resume with batch norm on WGSL") {
        let [whole, desk] = [Desk::new(), Desk::new()];
        whole.train(&[&["--device", device], &nets[..]].concat());
        desk.train(&[&["--device", device, "--steps", "20"], &nets[..]].concat());
        desk.ganvas(&["resume", FIRST, "--steps", "60"]);
        assert!(whole.read(&whole.newest(FIRST)) == desk.read(&desk.newest(FIRST)), "checkpoints differ on {device}");
        let sheet = format!("{FIRST}/samples/step-000060.png");
        assert!(whole.read(&sheet) == desk.read(&sheet), "images differ on {device}");
        same_metrics(&whole.timeless_metrics(FIRST), &desk.timeless_metrics(FIRST));

        let tensors = |step: u32| Checkpoint::read(&whole.path(format!("{FIRST}/checkpoints/step-{step:06}.safetensors"))).unwrap().tensors;
        let (earlier, last) = (tensors(40), tensors(60));
        for name in
            ["G.1.running_mean", "G.1.running_var", "ema/G.1.running_mean", "ema/G.1.running_var", "D.1.running_mean", "D.1.running_var"]
        {
            let moved = earlier[name].1.iter().zip(&last[name].1).filter(|(earlier, last)| earlier != last).count();
            assert_eq!(moved, last[name].1.len(), "{name} moves on {device}");
        }
        assert_ne!(last["ema/G.1.running_var"], last["G.1.running_var"]);
        let none = |name: &str| !last.contains_key(name);
        assert!(none("adam_m/G.1.running_mean") && none("ema/D.1.running_mean"), "statistics have no moments, D no average");
    }
}

#[test]
fn killed_and_resumed_ends_with_the_same_bytes() {
    // The moments differ from test to test, up to 16 ms after a checkpoint; no moment may matter.
    let mut dice = SystemTime::UNIX_EPOCH.elapsed().unwrap().subsec_nanos();
    let mut delay = move || {
        dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Duration::from_micros(u64::from(dice >> 18))
    };
    for device in engines("kill and resume on WGSL") {
        let args: Vec<&str> =
            [&["--device", device, "--steps", "500", "--checkpoint-every", "7", "--sample-every", "50"], &ALL_OF_IT[..]].concat();
        let whole = Desk::new();
        whole.train(&args);

        let desk = Desk::new();
        let mut child = desk.start(&args);
        let mut kills = 0;
        while kills < 4 {
            let before = desk.checkpoints(FIRST).pop();
            wait_until(&mut child, || desk.checkpoints(FIRST).pop() > before);
            std::thread::sleep(delay());
            if child.try_wait().unwrap().is_some() {
                break;
            }
            child.kill().unwrap();
            child.wait().unwrap();
            kills += 1;
            child = desk.command(&["resume", FIRST, "--quiet"]).stderr(std::process::Stdio::piped()).spawn().unwrap();
        }
        let end = shown(child.wait_with_output().unwrap());
        // A kill between the last checkpoint and the end of the program leaves nothing to resume.
        if end.code != Some(0) {
            says(&end.err, &["has done its 500 steps already"]);
        }
        assert!(kills > 0, "ended before it could be killed");
        let last = format!("{FIRST}/checkpoints/step-000500.safetensors");
        assert!(whole.read(&last) == desk.read(&last), "checkpoints differ on {device} after {kills} kills");
        same_metrics(&whole.timeless_metrics(FIRST), &desk.timeless_metrics(FIRST));
        assert_eq!(whole.files_in(FIRST), desk.files_in(FIRST), "the same files, none half-written");
    }
}

#[test]
#[cfg(unix)]
fn ctrl_c_saves_and_resume_ends_with_the_same_bytes() {
    for device in engines("Ctrl-C on WGSL") {
        let desk = Desk::new();
        let mut child =
            desk.start(&["--device", device, "--steps", "4000000", "--checkpoint-every", "3999999", "--sample-every", "3999999"]);
        let metrics = desk.path(FIRST).join("metrics.jsonl");
        wait_until(&mut child, || std::fs::metadata(&metrics).is_ok_and(|metrics| metrics.len() > 0));
        let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let end = shown(child.wait_with_output().unwrap());
        assert_eq!(end.code, Some(130), "{end:?}");
        let [step] = desk.checkpoints(FIRST)[..] else { panic!("one checkpoint, not {:?}", desk.checkpoints(FIRST)) };
        says(&end.err, &[&format!("stopped and saved at step {step}; go on with: ganvas resume {FIRST}")]);
        says(&desk.text(&format!("{FIRST}/log.txt")), &[&format!("stopped at step {step}")]);

        // Three steps more end within a line of metrics, whose mean is over steps from before and after.
        let steps = (step + 3).to_string();
        desk.ganvas(&["resume", FIRST, "--steps", &steps]);
        let whole = Desk::new();
        whole.train(&["--device", device, "--steps", &steps, "--checkpoint-every", "3999999", "--sample-every", "3999999"]);
        assert!(whole.read(&whole.newest(FIRST)) == desk.read(&desk.newest(FIRST)), "checkpoints differ on {device}");
        same_metrics(&whole.timeless_metrics(FIRST), &desk.timeless_metrics(FIRST));
    }
}

/// Plain gradient descent with far too large a rate: finite for some steps, then not.
const DIVERGING: [&str; 8] = ["--optimizer", "sgd", "--lr", "1", "--r1", "0", "--metrics-every", "1"];

#[test]
fn a_run_that_diverges_stops_at_the_true_step_and_keeps_what_was_good() {
    for device in engines("divergence on WGSL") {
        let mut ends = Vec::new();
        for steps_per_submit in ["1", "7", "0"] {
            let desk = Desk::new();
            let small = ["--no-window", "--config", "small.toml", "--device", device, "--steps-per-submit", steps_per_submit];
            let end = desk.run(&[&small, &DIVERGING[..], &["--checkpoint-every", "2"]].concat());
            assert_eq!(end.code, Some(1), "{end:?}");
            let error = end.err.split_once("error: step ").expect("an error that begins with the step").1;
            let step: u32 = error.split_once(':').unwrap().0.parse().unwrap();
            assert!(step > 3, "diverged at step {step}, too early to keep anything");
            let again = format!("ganvas --no-window --config {FIRST}/config.toml --lr 1e-1");
            says(error, &["no longer a finite number", "Try lower learning rates (--lr)", &desk.newest(FIRST), &again]);
            says(&desk.text(&format!("{FIRST}/log.txt")), &["failed: step"]);

            let metrics = desk.metrics(FIRST);
            assert_eq!(metrics.len() as u32, step - 1, "a line for every good step, none for a bad one");
            assert!(metrics.iter().all(|line| line.as_object().unwrap().values().all(|value| value.is_number())));
            assert_eq!(desk.checkpoints(FIRST).pop(), Some((step - 1) / 2 * 2));
            let kept = Checkpoint::read(&desk.path(desk.newest(FIRST))).unwrap();
            assert!(kept.tensors.values().all(|(_, values)| values.iter().all(|v| v.is_finite())));

            let resumed = desk.run(&["resume", FIRST]);
            says(&resumed.err, &[&format!("error: step {step}:")]);
            ends.push((step, desk.timeless_metrics(FIRST)));
        }
        for (step, metrics) in &ends {
            assert_eq!(*step, ends[0].0, "{device}");
            same_metrics(metrics, &ends[0].1);
        }
    }
}

#[test]
fn a_run_that_diverges_at_once_says_so() {
    let desk = Desk::new();
    let end = desk.run(&["--no-window", "--config", "small.toml", "--optimizer", "sgd", "--lr", "1e30"]);
    assert_eq!(end.code, Some(1), "{end:?}");
    says(&end.err, &["error: step 1: ", "no longer a finite number", "no checkpoint had been written yet"]);
    assert!(!end.err.contains("kept:"), "{}", end.err);
    assert!(desk.checkpoints(FIRST).is_empty());
    assert_eq!(desk.text(&format!("{FIRST}/metrics.jsonl")), "");
    let resumed = desk.run(&["resume", FIRST]);
    assert_eq!(resumed.code, Some(1));
    says(&resumed.err, &["has no checkpoint yet", &format!("ganvas --no-window --config {FIRST}/config.toml")]);
}

/// A run of a version that had no simultaneous schedule, no annealing and no held-out images.
#[test]
fn a_run_of_an_older_version_goes_on() {
    let [old, new] = [Desk::new(), Desk::new()];
    for desk in [&old, &new] {
        desk.train(&["--steps", "40"]);
    }
    let newer =
        ["loss_d_scale", "schedule", "momentum_ramp", "lr_decay", "lr_floor", "init_g", "init_d", "output_bias", "valid", "test", "tune"];
    let config = old.text(&format!("{FIRST}/config.toml"));
    let older = |line: &&str| !newer.iter().any(|key| line.starts_with(&format!("{key} =")));
    let lines: Vec<&str> = config.lines().filter(older).collect();
    assert_eq!(lines.len() + newer.len(), config.lines().count());
    old.write(&format!("{FIRST}/config.toml"), lines.join("\n"));
    let path = old.path(old.newest(FIRST));
    let mut checkpoint = Checkpoint::read(&path).unwrap();
    for (_, (shape, values)) in checkpoint.tensors.iter_mut().filter(|(name, _)| name.starts_with("powers/")) {
        values.truncate(2);
        *shape = vec![2];
    }
    std::fs::write(&path, checkpoint.to_bytes().unwrap()).unwrap();
    for desk in [&old, &new] {
        assert!(desk.run(&["resume", FIRST, "--steps", "60", "--quiet"]).code == Some(0));
    }
    let end = |desk: &Desk| Checkpoint::read(&desk.path(desk.newest(FIRST))).unwrap().tensors;
    assert!(end(&old) == end(&new), "another end");
}
