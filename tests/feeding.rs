//! A data set that does not lie on the device: steps draw the same batches, and give the same bits, as where it does.

use crate::{
    program::{Desk, FIRST, same_metrics, says},
    support::{adapter, engines, skipped},
};
use ganvas::{
    config::{Config, Sources, resolve},
    data::{DataSet, Request, load},
    engine::{cpu::CpuEngine, gpu::GpuEngine},
    random::random_bits,
    train::{Checkpoint, Command, Event, Open, Opener, Single, TrainError, Trainer},
};
use std::{sync::Arc, time::Duration};

/// 50 images or points, of which an epoch takes 48 in six batches.
const COUNT: usize = 50;

fn data(source: &str) -> Arc<DataSet> {
    let size = (source == "builtin").then_some(7);
    Arc::new(load(&Request { source: source.into(), count: COUNT, size, ..Request::default() }).unwrap())
}

fn config(set: &[&str]) -> Config {
    let small = [
        "generator=linear 8, leaky_relu, linear image",
        "discriminator=linear 8, leaky_relu, linear 1",
        "data_count=50",
        "r1=0",
        "batch=8",
        "steps=40",
        "samples=4",
        "metrics_every=10",
    ];
    let set: Vec<String> = small.iter().chain(set).map(|set| (*set).to_owned()).collect();
    resolve(&Sources { set: &set, ..Sources::default() }).unwrap()
}

/// A device that binds at most so many bytes in one piece.
fn device(name: &str, binding: usize) -> Opener {
    let open: Open = match name {
        "cpu" => Box::new(|plan| Ok(Box::new(CpuEngine::<f32>::open(plan)))),
        _ => {
            let adapter = adapter("feeding on WGSL").expect("it was here before");
            Box::new(move |plan| Ok(Box::new(GpuEngine::open(&adapter, plan)?)))
        }
    };
    Opener { open, binding, memory: usize::MAX }
}

/// Ticks until all steps are done; the last checkpoint.
fn finish(trainer: &mut Trainer) -> Arc<Checkpoint> {
    let mut last = None;
    while !trainer.ended() {
        for event in trainer.tick(Duration::from_millis(20)).unwrap() {
            if let Event::Checkpoint(checkpoint) = event {
                last = Some(checkpoint);
            }
        }
    }
    last.expect("a checkpoint at the end")
}

/// Settings that draw batches in every way there is.
const WAYS: [(&str, &[&str]); 6] = [
    ("builtin", &[]),
    ("builtin", &["k=3", "steps_per_submit=7"]),
    // Its G looks at real images.
    ("builtin", &["loss=relativistic", "k=2", "steps_per_submit=5"]),
    ("builtin", &["schedule=simultaneous", "steps_per_submit=9"]),
    ("builtin", &["flip=true", "ada=true", "loss=hinge", "k=2", "steps_per_submit=3"]),
    ("ring-8", &["data=ring-8", "discriminator=linear 8, tanh, linear 1", "generator=linear 8, tanh, linear image"]),
];

#[test]
fn fed_batches_are_those_of_the_device_however_few_it_holds() {
    for name in engines("feeding on WGSL") {
        for (source, set) in WAYS {
            let (data, config) = (data(source), config(set));
            let mut resident = Trainer::new(config.clone(), data.clone(), None, device(name, usize::MAX)).unwrap();
            assert!(resident.gan().source.staged.is_none(), "{set:?} fits");
            let expected = finish(&mut resident).tensors.clone();
            let bytes = size_of_val(data.bytes()) + size_of_val(data.reals());
            // One batch has 8 of the 50 rows.
            for (binding, what) in [(bytes - 1, "all but one byte"), (bytes / 2, "three batches"), (1, "less than a batch")] {
                let mut fed = Trainer::new(config.clone(), data.clone(), None, device(name, binding)).unwrap();
                let slots = fed.gan().source.staged.expect(what);
                let step = config.k as usize + usize::from(config.loss.g_sees_real);
                assert!(slots >= step && (slots == step || slots * 8 * bytes / COUNT <= binding), "{slots} batches for {set:?}, {what}");
                assert!(finish(&mut fed).tensors == expected, "{set:?} on {name} with {what} differs");
            }
        }
    }
}

/// By hand, more updates of D, another loss and another k: whatever asks for batches out of turn.
#[test]
fn feeding_keeps_up_with_commands() {
    for name in engines("feeding on WGSL") {
        let data = data("builtin");
        let bytes = data.bytes().len();
        let [fed, resident] = [bytes / 5, usize::MAX].map(|binding| {
            let mut trainer = Trainer::new(config(&["steps=30"]), data.clone(), None, device(name, binding)).unwrap();
            let mut events = Vec::new();
            let told = |trainer: &mut Trainer, events: &mut Vec<Event>, commands: &[Command]| {
                for command in commands {
                    trainer.command(command.clone()).unwrap();
                    events.extend(trainer.tick(Duration::from_millis(1)).unwrap());
                }
            };
            use Command::Update;
            let relativistic = ganvas::models::LOSSES.iter().find(|loss| loss.g_sees_real).expect("a loss");
            told(&mut trainer, &mut events, &[Update(Single::D), Update(Single::D), Update(Single::Both), Update(Single::G)]);
            // More than the device holds: another plan.
            told(&mut trainer, &mut events, &[Command::K(6), Update(Single::Both), Command::Loss(relativistic)]);
            told(&mut trainer, &mut events, &[Update(Single::G), Update(Single::D), Command::K(2), Command::Run]);
            let refused = trainer.command(Command::K(0)).unwrap_err();
            assert!(matches!(refused, TrainError::Config(_)), "{refused}");
            let end = finish(&mut trainer);
            assert_eq!(end.step, 30);
            (end.updates_d, end.tensors.clone())
        });
        assert_eq!(fed.0, resident.0);
        assert!(fed.1 == resident.1, "{name} differs");
    }
}

#[test]
fn a_run_goes_on_whichever_way_it_is_fed() {
    for device in engines("feeding on WGSL") {
        let [whole, out, back] = [Desk::new(), Desk::new(), Desk::new()];
        let nets = ["--device", device, "--generator", "linear 16, batch_norm, relu, linear image, tanh", "--steps"];
        whole.train(&[&nets[..], &["60"]].concat());
        out.train(&[&nets[..], &["20", "--data-on-device", "0"]].concat());
        back.train(&[&nets[..], &["40"]].concat());
        let [run, resident] = ["0", "512"].map(|most| format!("data_on_device = {most}"));
        for (desk, [from, to]) in [(&out, [&run, &resident]), (&back, [&resident, &run])] {
            let file = format!("{FIRST}/config.toml");
            let config = desk.text(&file);
            assert!(config.contains(from.as_str()), "{config}");
            desk.write(&file, config.replace(from.as_str(), to));
            desk.ganvas(&["resume", FIRST, "--steps", "60"]);
            let tensors = |desk: &Desk| Checkpoint::read(&desk.path(desk.newest(FIRST))).unwrap().tensors;
            assert!(tensors(&whole) == tensors(desk), "from {from} to {to} on {device}");
            same_metrics(&whole.timeless_metrics(FIRST), &desk.timeless_metrics(FIRST));
        }
    }
}

/// 147 MB of noise, more than WebGPU lets every device bind (128 MiB).
fn large(desk: &Desk) {
    let header = format!("{:<117}\n", "{'descr': '|u1', 'fortran_order': False, 'shape': (3000, 128, 128, 3), }");
    let mut file = [b"\x93NUMPY\x01\x00".as_slice(), &(header.len() as u16).to_le_bytes(), header.as_bytes()].concat();
    file.extend((0..3000 * 128 * 128 * 3 / 4u32).flat_map(|i| random_bits(1, 0, 0, i).to_le_bytes()));
    desk.write("large.npy", file);
}

const LARGE: [&str; 15] = [
    "--data",
    "large.npy",
    "--generator",
    "linear 4, relu, linear image, tanh",
    "--discriminator",
    "linear 4, relu, linear 1",
    "--batch",
    "64",
    "--r1",
    "0",
    "--ema",
    "0",
    "--steps",
    "12",
    "--device",
];

#[test]
fn more_than_one_binding_trains_on_any_device() {
    let desk = Desk::new();
    large(&desk);
    let run = |args: &[&str]| {
        let shown = desk.train(&[&LARGE[..], args].concat());
        let path = shown.err.lines().find_map(|line| line.strip_prefix("run")).expect("a run").trim().to_owned();
        (Checkpoint::read(&desk.path(desk.newest(&path))).unwrap().tensors, shown.err)
    };
    let (resident, told) = run(&["cpu"]);
    assert!(!told.contains("feeding"), "{told}");
    let (fed, told) = run(&["cpu", "--data-on-device", "100"]);
    // A batch of 64 has 3 MiB, of which 12 MiB hold four.
    says(&told, &["the 3000 images (147 MB) are not on the device", "4 batches at a time"]);
    assert!(fed == resident, "other bits");
    let Some(adapter) = adapter("more than one binding") else { return };
    // llvmpipe binds no more than WebGPU promises everywhere; what binds more is told to hold less.
    let least = adapter.limits().max_storage_buffer_binding_size <= 128 << 20;
    let (tensors, told) = if least { run(&["gpu"]) } else { run(&["gpu", "--data-on-device", "128"]) };
    assert!(tensors.values().all(|(_, values)| values.iter().all(|v| v.is_finite())));
    says(&told, &["the 3000 images (147 MB) are not on the device"]);
}

#[test]
fn what_is_too_large_for_one_batch_says_so() {
    let Some(adapter) = adapter("a batch too large to bind") else { return };
    if adapter.limits().max_storage_buffer_binding_size > 128 << 20 {
        return skipped("a batch too large to bind", "the adapter binds more than 128 MiB");
    }
    let desk = Desk::new();
    let args = ["--no-window", "--config", "small.toml", "--device", "gpu", "--data-count", "5000", "--data-on-device", "0"];
    let shown = desk.run(&[&args[..], &["--size", "256", "--batch", "600"]].concat());
    assert_eq!(shown.code, Some(1), "{shown:?}");
    says(&shown.err, &["a kernel can bind at most 134 MB there", "a smaller batch"]);
}
