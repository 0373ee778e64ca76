//! What a person does with the program, from the first run to the last picture.

use crate::{
    program::{Desk, FIRST, same_metrics, says, shown},
    support,
};
use ganvas::train::Checkpoint;
use image::{AnimationDecoder as _, GenericImageView as _};
use npyz::WriterBuilder as _;
use std::{collections::BTreeSet, fs, io::Cursor, process::Stdio};

fn keys(value: &serde_json::Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn a_run_leaves_all_that_repeats_it() {
    let desk = Desk::new();
    let first = desk.train(&[]);
    assert_eq!(first.out, "");
    says(first.err.lines().next().unwrap(), &["device   training on the CPU engine", "training on the CPU engine"]);
    says(&first.err, &["builtin: 300 images, 28x28 grey, 10 classes", &format!("run      {FIRST}"), "step 60/60", "finished 60 steps"]);

    let files = [
        "checkpoints",
        "checkpoints/step-000020.safetensors",
        "checkpoints/step-000040.safetensors",
        "checkpoints/step-000060.safetensors",
        "config.toml",
        "log.txt",
        "metrics.jsonl",
        "reals.png",
        "samples",
        "samples/step-000000.png",
        "samples/step-000020.png",
        "samples/step-000040.png",
        "samples/step-000060.png",
    ];
    assert_eq!(desk.files_in(FIRST), files.map(String::from).into());
    let metrics = desk.metrics(FIRST);
    let steps: Vec<u64> = metrics.iter().map(|line| line["step"].as_u64().unwrap()).collect();
    assert_eq!(steps, [10, 20, 30, 40, 50, 60]);
    let expected = [
        "step",
        "epoch",
        "seconds",
        "loss_d",
        "loss_g",
        "d_real",
        "diversity",
        "d_fake",
        "d_fake_g",
        "accuracy",
        "grad_norm_d",
        "grad_norm_g",
        "weight_norm_d",
        "weight_norm_g",
        "steps_per_second",
    ];
    for line in &metrics {
        assert_eq!(keys(line), expected.into());
        assert!(line.as_object().unwrap().values().all(serde_json::Value::is_number), "{line}");
    }
    // 300 images hold 18 whole batches of 16.
    assert_eq!(metrics[5]["epoch"].as_f64().unwrap(), 60.0 / 18.0);
    says(&desk.text(&format!("{FIRST}/log.txt")), &["training on CPU", "from step 0", "finished at step 60"]);
    for name in ["reals.png", "samples/step-000000.png", "samples/step-000060.png"] {
        let sheet = image::load_from_memory(&desk.read(&format!("{FIRST}/{name}"))).unwrap();
        // 2 x 2 images of 28 pixels, enlarged twice, 2 pixels between them.
        assert_eq!((sheet.dimensions(), sheet.color()), ((114, 114), image::ColorType::L8), "{name}");
    }

    let kept = desk.read(&desk.newest(FIRST));
    desk.ganvas(&["--no-window", "--config", &format!("{FIRST}/config.toml")]);
    let second = "runs/0002-builtin-mlp";
    assert!(desk.read(&desk.newest(second)) == kept, "config.toml repeats the run");
    assert_eq!(desk.text(&format!("{second}/config.toml")), desk.text(&format!("{FIRST}/config.toml")));
    same_metrics(&desk.timeless_metrics(second), &desk.timeless_metrics(FIRST));
    assert!(desk.read(&desk.newest(FIRST)) == kept, "the first run stays as it was");
}

#[test]
fn a_run_goes_on_further_and_keeps_the_newest_checkpoints() {
    let desk = Desk::new();
    desk.train(&["--keep-checkpoints", "2", "--checkpoint-every", "10"]);
    assert_eq!(desk.checkpoints(FIRST), [50, 60]);
    let further = desk.ganvas(&["resume", FIRST, "--steps", "95"]);
    says(&further.err, &["resume   from step 60", "finished 95 steps"]);
    assert_eq!(desk.checkpoints(FIRST), [90, 95]);
    says(&desk.text(&format!("{FIRST}/config.toml")), &["steps = 95\n"]);
    let whole = Desk::new();
    whole.train(&["--keep-checkpoints", "2", "--checkpoint-every", "10", "--steps", "95"]);
    assert!(whole.read(&whole.newest(FIRST)) == desk.read(&desk.newest(FIRST)));
    let mut metrics = desk.timeless_metrics(FIRST);
    same_metrics(&metrics, &whole.timeless_metrics(FIRST));
    assert_eq!(metrics.pop().unwrap()["step"], 95);
    let seconds: Vec<f64> = desk.metrics(FIRST).iter().map(|line| line["seconds"].as_f64().unwrap()).collect();
    assert!(seconds.is_sorted(), "time goes on: {seconds:?}");
}

#[test]
fn every_setting_trains_and_samples() {
    let cases: [&[&str]; 9] = [
        &["--k", "2"],
        &["--loss", "minimax"],
        &["--optimizer", "sgd", "--momentum", "0.9", "--lr", "0.01"],
        &["--latent-distribution", "uniform", "--latent", "5"],
        &[
            "--generator",
            "linear 16, relu, dropout 0.5, linear image, sigmoid",
            "--discriminator",
            "dropout 0.2, linear 8, tanh, linear 1",
            "--r1",
            "0",
        ],
        &["--preset", "textbook", "--ema", "0.9"],
        &["--r1", "0"],
        &["--set", "size=14", "--set", "channels=3"],
        &["--batch", "1", "--samples", "1", "--metrics-every", "7"],
    ];
    for args in cases {
        let desk = Desk::new();
        desk.train(args);
        let run = format!("runs/{}", fs::read_dir(desk.path("runs")).unwrap().next().unwrap().unwrap().file_name().to_str().unwrap());
        let last = desk.metrics(&run).pop().unwrap();
        assert_eq!(last["step"], 60, "{args:?}");
        desk.ganvas(&["sample", &run, "-n", "3", "--out", "sheet.png"]);
        desk.ganvas(&["resume", &run, "--steps", "61", "--quiet"]);
        let updates = if args[0] == "--k" { "120 updates of D" } else { "60 updates of D" };
        says(&desk.ganvas(&["inspect", &format!("{run}/checkpoints/step-000060.safetensors")]).out, &[updates]);
    }
}

#[test]
fn flags_win_over_set_and_set_over_the_file() {
    let desk = Desk::new();
    let config = |args: &[&str]| desk.ganvas(&[&["--config", "small.toml", "--print-config"], args].concat()).out;
    says(&config(&[]), &["batch = 16\n", "lr_g = 0.001\n", "lr_d = 0.001\n", "steps = 60\n", "preset = \"mlp\"\n", "out = \"runs\"\n"]);
    says(&config(&["--set", "batch=17", "--set", "batch = 18"]), &["batch = 18\n"]);
    says(&config(&["--batch", "19", "--set", "batch=17"]), &["batch = 19\n"]);
    says(&config(&["--lr", "0.5", "--lr-d", "1"]), &["lr_g = 0.5\n", "lr_d = 1.0\n"]);
    says(&config(&["--set", "lr=0.5"]), &["lr_g = 0.5\n", "lr_d = 0.5\n"]);
    says(&config(&["--preset", "textbook"]), &["lr_g = 0.0002\n", "r1 = 0.0\n", "batch = 16\n"]);
    says(&config(&["--set", "discriminator=linear 7, linear 1"]), &["discriminator = [\"linear 7\", \"linear 1\"]\n"]);
    says(&config(&["--ada"]), &["augment = \"flip,color,translation,cutout\"\n", "ada = true\n"]);
    says(&config(&["--ada", "--augment", "cutout, color"]), &["augment = \"color,cutout\"\n"]);
    for args in [&["--epochs", "3"][..], &["--set", "epochs=3"]] {
        let epochs = config(args);
        says(&epochs, &["epochs = 3\n"]);
        assert!(!epochs.contains("\nsteps ="), "{epochs}");
        desk.write("epochs.toml", &epochs);
        assert_eq!(desk.ganvas(&["--config", "epochs.toml", "--print-config"]).out, epochs, "what is printed can be read again");
        says(&desk.ganvas(&["--config", "epochs.toml", "--steps", "5", "--print-config"]).out, &["steps = 5\n"]);
    }
    desk.train(&["--epochs", "3", "--k", "2"]);
    says(&desk.text(&format!("{FIRST}/config.toml")), &["steps = 27\n"]);
    assert_eq!(desk.metrics(FIRST).pop().unwrap()["epoch"], 3.0);
}

#[test]
fn looking_writes_nothing() {
    let desk = Desk::new();
    let before = desk.files();
    let dry = desk.train(&["--dry-run"]);
    says(&dry.err, &["G 27952 parameters, D 25153 parameters", "60 steps of batch 16", "nothing was written"]);
    let plan = desk.train(&["--print-plan"]).out;
    says(&plan, &["linear_forward", "[32, 784]", "FLOP", "adam", "one training step: "]);
    says(&desk.ganvas(&["devices"]).out, &["CPU engine", "* is what auto takes"]);
    says(&desk.ganvas(&["--help"]).out, &["--no-window", "resume", "--lr <RATE>"]);
    assert_eq!(desk.files(), before);
}

#[test]
fn quiet_is_quiet_and_json_is_json() {
    let desk = Desk::new();
    let quiet = desk.train(&["--quiet"]);
    assert_eq!((quiet.out.as_str(), quiet.err.as_str()), ("", ""));
    let json = desk.train(&["--progress", "json"]);
    assert_eq!(json.err, "");
    let lines: Vec<serde_json::Value> = json.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let run = "runs/0002-builtin-mlp";
    assert_eq!(lines.iter().filter(|line| line.get("loss_d").is_some()).cloned().collect::<Vec<_>>(), desk.metrics(run));
    let written: Vec<&str> = lines.iter().filter_map(|line| line.get("wrote")?.as_str()).collect();
    assert_eq!(written.len(), 7, "{written:?}");
    assert!(written.iter().all(|name| desk.path(name).is_file()), "{written:?}");
    assert_eq!(lines.last().unwrap(), &serde_json::json!({ "run": run, "step": 60, "finished": true }));
}

#[test]
fn a_reader_that_goes_away_stops_nothing() {
    let desk = Desk::new();
    let mut child = desk.start(&[]);
    drop(child.stderr.take());
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
    assert_eq!(desk.checkpoints(FIRST), [20, 40, 60]);
    let json = ["--progress", "json"];
    for args in [
        &["resume", FIRST, "--steps", "70", json[0], json[1]][..],
        &["inspect", FIRST],
        &["--print-plan", "--set", "device=cpu"],
        &["devices"],
    ] {
        let mut child = desk.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let end = shown(child.wait_with_output().unwrap());
        assert_eq!(end.code, Some(0), "{args:?}: {end:?}");
    }
}

#[test]
fn samples_come_in_every_form() {
    let desk = Desk::new();
    desk.train(&["--latent", "6"]);
    let sample = |args: &[&str]| desk.ganvas(&[&["sample", FIRST], args].concat()).out;
    let default = sample(&[]);
    assert_eq!(default, format!("{FIRST}/samples-step-000060-seed-0.png\n"));
    assert_eq!(image::load_from_memory(&desk.read(default.trim_end())).unwrap().dimensions(), (8 * 58 - 2, 8 * 58 - 2));
    assert_eq!(sample(&[]), format!("{FIRST}/samples-step-000060-seed-0-2.png\n"), "nothing is overwritten");

    assert_eq!(sample(&["-n", "5", "--out", "sheet.png"]), "sheet.png\n");
    sample(&["-n", "5", "--out", "again.png"]);
    sample(&["-n", "5", "--out", "other.png", "--seed", "1"]);
    sample(&["-n", "5", "--out", "raw.png", "--no-ema"]);
    let sheet = desk.read("sheet.png");
    assert!(sheet == desk.read("again.png"));
    assert!(sheet != desk.read("other.png"), "another seed");
    assert!(sheet != desk.read("raw.png"), "weights and their average");
    let refused = desk.run(&["sample", FIRST, "--out", "sheet.png"]);
    assert_eq!(refused.code, Some(1));
    says(&refused.err, &["error: sheet.png exists", "--force"]);
    assert!(sheet == desk.read("sheet.png"));
    sample(&["-n", "5", "--out", "sheet.png", "--seed", "1", "--force"]);
    assert!(desk.read("sheet.png") == desk.read("other.png"));

    sample(&["-n", "5", "--out", "folder"]);
    assert_eq!(desk.files_in("folder"), ["0000.png", "0001.png", "0002.png", "0003.png", "0004.png"].map(String::from).into());
    let single = image::load_from_memory(&desk.read("folder/0004.png")).unwrap();
    assert_eq!(single.dimensions(), (28, 28));

    sample(&["-n", "5", "--out", "images.npy"]);
    let bytes = desk.read("images.npy");
    let npy = npyz::NpyFile::new(&bytes[..]).unwrap();
    assert_eq!(npy.shape(), [5, 1, 28, 28]);
    let images = npy.into_vec::<f32>().unwrap();
    assert!(images.iter().all(|v| v.abs() <= 1.0), "the range of tanh");
    let last: Vec<u8> = images[4 * 784..].iter().map(|v| ((v + 1.0) / 2.0 * 255.0).round() as u8).collect();
    assert_eq!(single.as_bytes(), last, "the same image in both forms");

    // Latents that were written make the same images again, in either format.
    sample(&["-n", "5", "--out", "images.safetensors"]);
    let bytes = desk.read("images.safetensors");
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let latents = file.tensor("latents").unwrap();
    assert_eq!((latents.shape(), file.tensor("images").unwrap().shape()), (&[5, 6][..], &[5, 1, 28, 28][..]));
    let values = latents.data().chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap()));
    let mut npy = Vec::new();
    let mut writer = npyz::WriteOptions::new().default_dtype().shape(&[5, 6]).writer(&mut npy).begin_nd().unwrap();
    writer.extend(values).unwrap();
    writer.finish().unwrap();
    desk.write("latents.npy", npy);
    for latents in ["images.safetensors", "latents.npy"] {
        let out = format!("from-{latents}.png");
        sample(&["--latents", latents, "--out", &out, "--seed", "9"]);
        assert!(desk.read(&out) == desk.read("again.png"), "{latents}");
    }
    sample(&["--latents", "latents.npy", "-n", "2", "--out", "two"]);
    assert!(desk.read("two/0001.png") == desk.read("folder/0001.png"));

    let checkpoint = format!("{FIRST}/checkpoints/step-000020.safetensors");
    assert_eq!(desk.ganvas(&["sample", &checkpoint]).out, format!("{FIRST}/checkpoints/samples-step-000020-seed-0.png\n"));
    desk.ganvas(&["resume", FIRST, "--steps", "61"]);
}

#[test]
fn interpolation_is_a_strip_and_an_animation() {
    let desk = Desk::new();
    desk.train(&[]);
    let out = desk.ganvas(&["interpolate", FIRST, "--points", "3", "--frames", "4"]).out;
    let stem = format!("{FIRST}/interpolation-step-000060-seed-0");
    assert_eq!(out, format!("{stem}.png\n{stem}.gif\n"));
    let strip = image::load_from_memory(&desk.read(&format!("{stem}.png"))).unwrap();
    assert_eq!(strip.dimensions(), (4 * 58 - 2, 2 * 58 - 2), "a row of 4 images per pair");
    // The second row begins where the first ends.
    assert_eq!(strip.crop_imm(3 * 58, 0, 56, 56).as_bytes(), strip.crop_imm(0, 58, 56, 56).as_bytes());
    let gif = image::codecs::gif::GifDecoder::new(Cursor::new(desk.read(&format!("{stem}.gif")))).unwrap();
    assert_eq!(gif.into_frames().collect_frames().unwrap().len(), 3 * 4, "and back to the start");
    let named = desk.ganvas(&["interpolate", FIRST, "--out", "a.png", "--animation", "b.gif", "--seed", "4"]).out;
    assert_eq!(named, "a.png\nb.gif\n");
    assert_ne!(desk.run(&["interpolate", FIRST, "--out", "c.png", "--animation", "b.gif"]).code, Some(0));
    assert!(!desk.path("c.png").exists());
}

#[test]
fn inspect_tells_what_a_run_holds() {
    let desk = Desk::new();
    desk.train(&[]);
    let run = desk.ganvas(&["inspect", FIRST]).out;
    let identity = Checkpoint::read(&desk.path(desk.newest(FIRST))).unwrap().data.hash;
    let parts =
        ["step        60 of 60", "builtin: 300 images, 28x28", &identity, "27952 parameters", "linear 32", "ema/G.0.weight", "batch = 16"];
    says(&run, &parts);
    assert_eq!(desk.ganvas(&["inspect", &desk.newest(FIRST)]).out, run);
    says(&desk.ganvas(&["inspect", &format!("{FIRST}/checkpoints/step-000020.safetensors")]).out, &["step        20 of 60"]);
}

#[test]
fn a_device_is_taken_by_name_and_a_run_may_change_it() {
    let Some(adapter) = support::adapter("a device by name") else { return };
    let name = adapter.get_info().name;
    let desk = Desk::new();
    desk.train(&["--steps", "5"]);
    let moved = desk.ganvas(&["resume", FIRST, "--steps", "10", "--device", &name.to_uppercase()]);
    says(moved.err.lines().next().unwrap(), &["device   ", &name]);
    says(&moved.err, &["computed by 'cpu", "not bit for bit"]);
    says(&desk.text(&format!("{FIRST}/log.txt")), &["not bit for bit", "finished at step 10"]);
    let sample = |device, out| desk.ganvas(&["sample", FIRST, "-n", "4", "--device", device, "--out", out]);
    sample(name.as_str(), "gpu.npy");
    sample("cpu", "cpu.npy");
    let values = |name: &str| npyz::NpyFile::new(&desk.read(name)[..]).unwrap().into_vec::<f32>().unwrap();
    let difference = values("gpu.npy").iter().zip(values("cpu.npy")).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(difference < 1e-4, "the same images on both devices, but for rounding: {difference}");
}

/// A picture that differs in each channel and from picture to picture.
fn picture(number: u32, width: u32, height: u32) -> Vec<u8> {
    let image = image::RgbImage::from_fn(width, height, |x, y| image::Rgb([x, y, 40 * number].map(|v| (v * 9 + number) as u8)));
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[test]
fn own_images_of_every_kind_train() {
    let desk = Desk::new();
    let mut archive = zip::ZipWriter::new(fs::File::create(desk.path("pictures.zip")).unwrap());
    for i in 0..20 {
        let name = format!("{}/{i}.png", ["cats", "dogs"][i as usize % 2]);
        desk.write(&format!("pictures/{name}"), picture(i, 12 + i, 10));
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut archive, &picture(i, 12 + i, 10)).unwrap();
    }
    archive.finish().unwrap();
    let mut idx = vec![0, 0, 8, 3, 0, 0, 0, 20, 0, 0, 0, 6, 0, 0, 0, 5];
    idx.extend((0..20 * 30).map(|i| (i * 7 % 256) as u8));
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut gz, &idx).unwrap();
    desk.write("fashion/train-images-idx3-ubyte.gz", gz.finish().unwrap());
    desk.write("fashion/train-labels-idx1-ubyte", [&[0, 0, 8, 1, 0, 0, 0, 20][..], &[1; 10], &[2; 10]].concat());

    let cases: [(&str, &[&str], &str, &str, image::ColorType); 4] = [
        ("pictures", &["--size", "8"], "pictures-conv", "20 images, 8x8 colour, 2 classes", image::ColorType::Rgb8),
        ("pictures.zip", &["--size", "8", "--channels", "1"], "pictures-conv", "20 images, 8x8 grey, 2 classes", image::ColorType::L8),
        ("fashion", &[], "fashion-mlp", "20 images, 5x6 grey, 2 classes", image::ColorType::L8),
        ("fashion/train-images-idx3-ubyte.gz", &[], "train-mlp", "20 images, 5x6 grey, 2 classes", image::ColorType::L8),
    ];
    for (number, (data, args, name, line, color)) in (1..).zip(cases) {
        let sheet = format!("sheet-{number}.png");
        let check = desk.ganvas(&[&["data", "check", data, "--out", &sheet], args].concat()).out;
        says(&check, &["images      20", "would load", "unreadable  0", &format!("examples: {sheet}")]);
        let trained = desk.train(&[&["--data", data], args].concat());
        says(&trained.err, &[line]);
        let run = format!("runs/{number:04}-{name}");
        for sheet in [format!("{run}/samples/step-000060.png"), format!("{run}/reals.png"), sheet] {
            assert_eq!(image::load_from_memory(&desk.read(&sheet)).unwrap().color(), color, "{sheet}");
        }
        desk.ganvas(&["resume", &run, "--steps", "61"]);
        desk.ganvas(&["interpolate", &run, "--points", "2", "--frames", "2"]);
    }
    fs::rename(desk.path("pictures"), desk.path("moved")).unwrap();
    let gone = desk.run(&["resume", "runs/0001-pictures-conv", "--steps", "70"]);
    assert_eq!(gone.code, Some(1));
    says(
        &gone.err,
        &[
            "there is no file or folder `/",
            "/pictures`, where the images of this run lay",
            "ganvas resume runs/0001-pictures-conv --data PATH",
        ],
    );
    desk.ganvas(&["resume", "runs/0001-pictures-conv", "--steps", "70", "--data", "moved"]);
}
