//! How the program behaves towards shells, schedulers and scripts: signals, warnings, advice and names.

use crate::{
    habits::{encoded, noise, npy},
    program::{Desk, FIRST, says, shown, wait_until},
};
use image::ImageFormat;
use serde_json::Value;
use std::fs;

/// Pictures in `folder`, enough for a batch.
fn pictures(desk: &Desk, folder: &str, count: u32) {
    for i in 0..count {
        desk.write(&format!("{folder}/{i:02}.png"), encoded(&noise(i).crop_imm(0, 0, 12, 12), ImageFormat::Png));
    }
}

/// The kind that did most harm: a run within the folder of its pictures, which its sheets then joined.
#[test]
fn a_run_among_its_own_pictures_goes_on() {
    let desk = Desk::new();
    pictures(&desk, "faces", 20);
    let args = ["--data", "faces", "--out", "faces/runs", "--size", "8"];
    desk.train(&args);
    desk.ganvas(&["data", "check", "faces", "--out", "faces/sheet.png"]);
    desk.ganvas(&["sample", "faces/runs/0001-faces-conv", "--out", "faces/more"]);
    desk.ganvas(&["interpolate", "faces/runs/0001-faces-conv", "--out", "faces/a.png", "--animation", "faces/a.gif"]);
    fs::rename(desk.path("faces/runs/0001-faces-conv"), desk.path("faces/good one")).unwrap();
    let again = desk.ganvas(&["resume", "faces/good one", "--steps", "70"]);
    says(&again.err, &["20 images", "1 run folder of ganvas (good one)", "67 pictures that ganvas wrote"]);
    // Said in the log too.
    let next = desk.train(&args);
    says(&next.err, &["warning: left out: 1 run folder of ganvas"]);
    says(&desk.text("faces/runs/0001-faces-conv/log.txt"), &["warning: left out: 1 run folder of ganvas"]);
}

#[test]
fn check_and_training_agree() {
    let desk = Desk::new();
    for i in 0..20 {
        desk.write(
            &format!("big/{i}.png"),
            encoded(&noise(i).resize_exact(200, 180, image::imageops::FilterType::Nearest), ImageFormat::Png),
        );
    }
    let check = desk.ganvas(&["data", "check", "big"]).out;
    says(&check, &["0.png is 200 x 180", "brought to 64 x 64", "would load: 20 x 3 x 64 x 64", "fewer than the usual batch of 64"]);
    let trained = desk.train(&["--data", "big", "--steps", "2"]);
    says(&trained.err, &["warning: the images are large", "20 images, 64x64 colour"]);
    says(&desk.text("runs/0001-big-conv/config.toml"), &["size = 64", "data = \"/"]);
    desk.ganvas(&["resume", "runs/0001-big-conv", "--steps", "3"]);

    let json = desk.run(&["data", "check", "big", "--json", "--size", "16"]);
    let report: Value = serde_json::from_str(&json.out).unwrap_or_else(|error| panic!("{error} in {json:?}"));
    assert_eq!(report["shape"], serde_json::json!([20, 3, 16, 16]));
    assert_eq!((&report["problem"], &report["kind"]), (&Value::Null, &Value::from("pictures")));
    desk.write("big/broken.png", "text");
    let json = desk.run(&["data", "check", "big", "--json", "--size", "16"]);
    let report: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((json.code, &report["unreadable"][0]["name"]), (Some(1), &Value::from("broken.png")));
    desk.ganvas(&["data", "check", "big", "--skip-unreadable", "--size", "16"]);
}

/// In a gigabyte of address space; the strip alone would be scaled to several before it is cut.
#[test]
#[cfg(target_os = "linux")]
fn memory_is_for_what_is_kept() {
    let desk = Desk::new();
    pictures(&desk, "strips", 15);
    desk.write("strips/zz.png", encoded(&image::RgbImage::from_pixel(8000, 1, image::Rgb([200, 30, 30])).into(), ImageFormat::Png));
    let mut command = std::process::Command::new("sh");
    command.args(["-c", "ulimit -v 1048576; exec \"$0\" data check strips --size 256", env!("CARGO_BIN_EXE_ganvas")]);
    let end = shown(command.current_dir(desk.path("")).env("RAYON_NUM_THREADS", "2").output().unwrap());
    assert_eq!(end.code, Some(0), "{end:?}");
    says(&end.out, &["8000 x 1 (1)", "would load: 16 x 3 x 256 x 256"]);
}

#[test]
#[cfg(unix)]
fn signals_that_are_ignored_stay_ignored() {
    let desk = Desk::new();
    let args = ["--steps", "4000000", "--checkpoint-every", "1000000", "--sample-every", "1000000", "--quiet"];
    let send = |signal: &str, child: &std::process::Child| {
        assert!(std::process::Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    };
    // As `nohup` and a script's `&` start it.
    let program =
        [&["-c", "trap '' HUP INT; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_ganvas"), "--no-window", "--config", "small.toml"], &args[..]];
    let mut child = std::process::Command::new("sh");
    child.args(program.concat()).current_dir(desk.path("")).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = child.spawn().unwrap();
    let lines = || fs::read_to_string(desk.path(format!("{FIRST}/metrics.jsonl"))).unwrap_or_default().lines().count();
    wait_until(&mut child, || lines() > 0);
    send("-HUP", &child);
    send("-INT", &child);
    let then = lines();
    wait_until(&mut child, || lines() > then + 2);
    assert!(child.try_wait().unwrap().is_none(), "it trains on");
    // What a scheduler sends before the time limit saves, and training goes on.
    assert!(desk.checkpoints(FIRST).is_empty());
    send("-USR1", &child);
    wait_until(&mut child, || !desk.checkpoints(FIRST).is_empty());
    let then = lines();
    wait_until(&mut child, || lines() > then + 2);
    send("-TERM", &child);
    let end = shown(child.wait_with_output().unwrap());
    assert_eq!(end.code, Some(143), "{end:?}");
    assert_eq!(desk.checkpoints(FIRST).len(), 2, "saved at the end as well");
}

/// A run in which D wins at once.
const LOST: [&str; 8] = ["--steps", "3000", "--lr-g", "1e-9", "--lr-d", "0.01", "--metrics-every", "25"];

#[test]
fn warnings_reach_every_output() {
    let desk = Desk::new();
    let with = |more: &[&str]| desk.train(&[&LOST, more].concat());
    let plain = with(&[]);
    let told = ["D is too strong", "G is saturating", "Collapsing"];
    let first =
        plain.err.lines().find(|line| told.iter().any(|part| line.contains(part))).unwrap_or_else(|| panic!("{plain:?}")).to_owned();
    let sentence = first.split(": ").nth(1).unwrap();
    says(&desk.text(&format!("{FIRST}/log.txt")), &["warning: step ", sentence]);
    says(&with(&["--quiet"]).err, &["warning: step ", sentence]);
    let json = with(&["--progress", "json"]);
    let warning = json.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).find(|line| line["warning"].is_string());
    says(warning.unwrap()["warning"].as_str().unwrap(), &[sentence]);
}

#[test]
fn a_failed_run_logs_the_way_on() {
    let desk = Desk::new();
    let end = desk.run(&["--no-window", "--config", "small.toml", "--lr", "1e30", "--steps", "3000", "--out", "my runs"]);
    assert_eq!(end.code, Some(1), "{end:?}");
    let advice = "try for example: ganvas --no-window --config 'my runs/0001-builtin-mlp/config.toml' --lr ";
    says(&end.err, &["no longer a finite number", advice]);
    says(&desk.text("my runs/0001-builtin-mlp/log.txt"), &["failed: step", advice]);
}

#[test]
fn commands_can_be_pasted() {
    let desk = Desk::new();
    desk.train(&["--out", "it's mine"]);
    let run = "it's mine/0001-builtin-mlp";
    let end = desk.run(&["resume", run]);
    says(&end.err, &[r"ganvas resume 'it'\''s mine/0001-builtin-mlp' --steps 120"]);
    for (args, part) in [
        (["sample", run, "--out", "-"], "standard output, which gets no files"),
        (["--no-window", "--set=device=cpu", "--out", "-"], "out = -: runs are folders"),
    ] {
        let end = desk.run(&args);
        assert_eq!(end.code, Some(1));
        says(&end.err, &[part]);
    }
    desk.write("spiral/a.txt", "");
    let clash = desk.run(&["data", "check", "spiral"]);
    says(&clash.out, &["`spiral` is ganvas' own data of that name", "give `./spiral`"]);
}

#[test]
fn configurations_of_other_shells() {
    let desk = Desk::new();
    let text = desk.ganvas(&["--print-config", "--batch", "99"]).out;
    let wide = |order: fn(u16) -> [u8; 2]| -> Vec<u8> { "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(order).collect() };
    desk.write("little.toml", wide(u16::to_le_bytes));
    desk.write("big.toml", wide(u16::to_be_bytes));
    desk.write("marked.toml", format!("\u{feff}{text}"));
    for file in ["little.toml", "big.toml", "marked.toml"] {
        assert_eq!(desk.ganvas(&["--print-config", "--config", file]).out, text, "{file}");
    }
    desk.write("odd.toml", [0xff, 0xfe, 0x41]);
    let end = desk.run(&["--print-config", "--config", "odd.toml"]);
    says(&end.err, &["cannot read the config file odd.toml", "save it as UTF-8"]);
    let mut command = desk.command(&["--print-config", "--data=~/pictures", "--out=~"]);
    let home = shown(command.env("HOME", "/home/ada").output().unwrap()).out;
    says(&home, &["data = \"/home/ada/pictures\"", "out = \"/home/ada\""]);
}

/// Samples of one run, colour, in every layout and range that people write.
#[test]
fn samples_are_read_as_they_lie() {
    let desk = Desk::new();
    let images: Vec<image::RgbImage> = (0..1000).map(|i| noise(i % 50).crop_imm(i / 50, 0, 6, 5).to_rgb8()).collect();
    for (i, image) in images.iter().enumerate().take(300) {
        desk.write(&format!("data/{i:03}.png"), encoded(&image.clone().into(), ImageFormat::Png));
    }
    desk.train(&["--data", "data", "--steps", "1"]);
    let last: Vec<u8> = images.iter().flat_map(|image| image.as_raw().clone()).collect();
    let first: Vec<u8> = images
        .iter()
        .flat_map(|image| (0..3).flat_map(|c| image.as_raw().iter().skip(c).step_by(3).copied()).collect::<Vec<_>>())
        .collect();
    let doubles = |of: &dyn Fn(f64) -> f64| first.iter().flat_map(|v| of(f64::from(*v) / 255.0).to_le_bytes()).collect::<Vec<u8>>();
    let halves: Vec<u8> = last.iter().flat_map(|v| half::f16::from_f32(f32::from(*v) / 255.0).to_le_bytes()).collect();
    let ints: Vec<u8> = last.iter().flat_map(|v| i64::from(*v).to_le_bytes()).collect();
    let cases = [
        ("first", npy("|u1", &[1000, 3, 5, 6], &first), "values from 0 to 255, channels first", &[][..]),
        ("last", npy("|u1", &[1000, 5, 6, 3], &last), "values from 0 to 255, channels last", &[]),
        ("unit", npy("<f8", &[1000, 3, 5, 6], &doubles(&|v| v)), "values from 0 to 1, channels first", &[]),
        ("signed", npy("<f8", &[1000, 3, 5, 6], &doubles(&|v| 2.0 * v - 1.0)), "values from -1 to 1", &[]),
        ("half", npy("<f2", &[1000, 5, 6, 3], &halves), "values from 0 to 1, channels last", &[]),
        ("ints", npy("<i8", &[1000, 5, 6, 3], &ints), "values from 0 to 255, channels last", &[]),
        ("flat", npy("|u1", &[1000, 90], &last), "channels last", &["--layout", "nhwc"]),
    ];
    let run = "runs/0001-data-mlp";
    let mut scores = Vec::new();
    for (name, bytes, said, more) in cases {
        let file = format!("{name}.npy");
        desk.write(&file, bytes);
        let shown = desk.run(&[&["eval", run, "--samples", &file], more].concat());
        says(&shown.err, &[said]);
        scores.push(shown.out.lines().find(|line| line.starts_with("frechet_pca")).unwrap_or_else(|| panic!("{shown:?}")).to_owned());
    }
    assert!(scores.iter().all(|score| score == &scores[0]), "{scores:?}");
    let asked = desk.run(&["eval", run, "--samples", "flat.npy"]);
    says(&asked.err, &["flat.npy: the shape [1000, 90] does not tell where the channels are; give --layout nchw or nhwc"]);
}
