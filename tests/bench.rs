//! `ganvas bench`, and the choice of a way to compute matrix products. Nothing here depends on how fast anything is.

use crate::{
    program::{Desk, FIRST, says, shown},
    support::{self, engines, engines_of_halves},
};
use ganvas::{engine::gpu, train::Checkpoint};
use serde_json::Value;
#[cfg(target_os = "linux")]
use std::path::PathBuf;

fn bench(desk: &Desk, args: &[&str]) -> String {
    let out = desk.ganvas(&[&["bench", "--config", "small.toml", "--seconds", "0.2"], args].concat()).out;
    assert_eq!(desk.files(), ["small.toml".to_owned()].into(), "nothing is written");
    out
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// Dispatches of a step as `--print-plan` has them.
fn planned(desk: &Desk, args: &[&str]) -> u64 {
    let plan = desk.ganvas(&[&["--config", "small.toml", "--print-plan"], args].concat()).out;
    let step = plan.lines().find_map(|line| line.strip_prefix("one training step: ")).expect("the step's sequences");
    let of = |name: &str| {
        let rest = plan.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).expect(name);
        rest.split(' ').next().unwrap().parse::<u64>().unwrap()
    };
    step.split(", ").map(of).sum()
}

#[test]
fn a_step_is_measured_as_a_whole_and_kernel_by_kernel() {
    for device in engines("measuring a step on WGSL") {
        let desk = Desk::new();
        let args = ["--device", device, "--k", "2", "--r1", "0.1"];
        let report: Value = serde_json::from_str(&bench(&desk, &[&args[..], &["--json"]].concat())).unwrap();
        for key in ["ms_per_step", "images_per_second", "gflops", "gflop_per_step", "mbytes_per_step", "device_memory_mbytes"] {
            assert!(number(&report[key]) > 0.0, "{key} on {device}: {report}");
        }
        for key in ["device", "backend", "variant", "preset"] {
            assert!(report[key].as_str().is_some_and(|text| !text.is_empty()), "{key} on {device}");
        }
        let (ms, quartiles) = (number(&report["ms_per_step"]), &report["ms_per_step_quartiles"]);
        assert!(number(&quartiles[0]) <= ms && ms <= number(&quartiles[1]), "{ms} lies in {quartiles}");
        // Two updates of D see 16 images each.
        assert!((number(&report["images_per_second"]) * ms / 1e3 - 32.0).abs() < 1e-6);
        assert!((number(&report["gflops"]) * ms / 1e3 / number(&report["gflop_per_step"]) - 1.0).abs() < 1e-6);
        assert!(number(&report["ceiling"]["product_gflops"]) > 0.0 && number(&report["ceiling"]["copy_gbytes_per_second"]) > 0.0);

        let dispatches = report["dispatches"].as_u64().unwrap();
        assert_eq!(dispatches, planned(&desk, &args[2..]), "as many as the plan has, on {device}");
        let kernels = report["kernels"]["list"].as_array().unwrap();
        assert_eq!(kernels.iter().map(|kernel| kernel["dispatches"].as_u64().unwrap()).sum::<u64>(), dispatches);
        let share: f64 = kernels.iter().map(|kernel| number(&kernel["share"])).sum();
        assert!((share - 1.0).abs() < 1e-6, "shares sum to {share} on {device}");
        let sum: f64 = kernels.iter().map(|kernel| number(&kernel["ms"])).sum();
        assert!((sum / number(&report["kernels"]["ms_per_step"]) - 1.0).abs() < 1e-6 && sum > 0.0);
        for kernel in kernels {
            let is_product = kernel["kernel"].as_str().unwrap();
            let is_product = is_product.starts_with("linear_") || is_product.starts_with("product");
            assert_eq!(kernel.get("gflops").is_some(), is_product, "{kernel}");
            assert_eq!(kernel.get("of_ceiling").is_some(), is_product, "{kernel}");
        }
    }
}

#[test]
fn halves_take_less_memory_where_they_are_halves() {
    for device in engines_of_halves("f16 storage on WGSL") {
        let desk = Desk::new();
        let [whole, halves] = ["f32", "f16"].map(|storage| {
            let report = bench(&desk, &["--device", device, "--storage", storage, "--no-tune", "--json"]);
            let report: Value = serde_json::from_str(&report).unwrap();
            assert_eq!(report["storage"], storage);
            ["mbytes_per_step", "device_memory_mbytes"].map(|key| number(&report[key]))
        });
        for (whole, halves) in whole.into_iter().zip(halves) {
            // The CPU engine rounds as they would.
            let right = if device == "cpu" { halves == whole } else { 0.5 * whole < halves && halves < 0.99 * whole };
            assert!(right, "{halves} of {whole} MB on {device}");
        }
    }
}

#[test]
fn the_report_is_for_reading_too() {
    let desk = Desk::new();
    let text = bench(&desk, &["--device", "cpu"]);
    says(&text, &["device   CPU, ", "step     ", " images/s, ", "ceiling  ", "kernels  ", "of ceiling", "linear_forward tanh", "adam"]);
}

#[test]
fn every_way_of_a_product_is_checked_and_timed() {
    for device in engines("ways of a product on WGSL") {
        let desk = Desk::new();
        let report: Value = serde_json::from_str(&bench(&desk, &["--device", device, "--kernels", "--json"])).unwrap();
        let ways: Vec<&str> = report["ways"].as_array().unwrap().iter().map(|way| way.as_str().unwrap()).collect();
        match device {
            "cpu" => assert_eq!(ways, ["squares", "rows", "columns"]),
            _ => {
                let adapter = support::adapter("ways of a product on WGSL").unwrap();
                let names: Vec<String> = gpu::product_loops(&gpu::describe(&adapter)).map(gpu::ProductLoop::name).collect();
                assert_eq!(ways, names);
            }
        }
        let products = report["products"].as_array().unwrap();
        // Per layer forward, by parameters, and by input where there is a layer before; the generator's forward passes are equal.
        let has = |kernel: &str, work: &str| products.iter().any(|p| p["kernel"] == kernel && p["work"] == work);
        assert!(has("linear_forward tanh", "16x784 over 32") && has("linear_backward_params", "784x33 over 16"), "{report}");
        for product in products {
            for way in &ways {
                assert!(number(&product["ms"][way]) > 0.0 && number(&product["gflops"][way]) > 0.0, "{product}");
            }
            assert!(ways.contains(&product["fastest"].as_str().unwrap()), "{product}");
        }
        says(&bench(&desk, &["--device", device, "--kernels"]), &["agrees with its twin", "all of them", "*"]);
    }
}

#[test]
fn cost_against_size() {
    let desk = Desk::new();
    let args = ["bench", "--config", "small.toml", "--device", "cpu", "--sizes", "--plot", "sizes.png", "--seconds", "0.05"];
    let shown = desk.ganvas(&[&args[..], &["--json"]].concat());
    says(&shown.err, &["batch 4096, width 64 left out", "plot in sizes.png"]);
    let report: Value = serde_json::from_str(&shown.out).unwrap();
    let cells = report["cells"].as_array().unwrap();
    let cell = |batch: u64, width: u64| cells.iter().find(|cell| cell["batch"] == batch && cell["width"] == width);
    let (small, wide) = (cell(16, 64).unwrap(), cell(16, 256).unwrap());
    assert!(number(&small["ms_per_step"]) > 0.0 && number(&small["gflops"]) > 0.0, "{small}");
    assert!(number(&wide["parameters"]) > number(&small["parameters"]), "{wide}");
    assert!(image::open(desk.path("sizes.png")).unwrap().width() >= 640);
    let points = ["bench", "--preset", "plane", "--data", "ring-8", "--device", "cpu", "--sizes", "--seconds", "0.02"];
    says(&desk.ganvas(&points).out, &["width", "batch 16", "GFLOP/s"]);
    let again = desk.run(&args);
    assert_eq!((again.code, again.out.as_str()), (Some(1), ""), "{again:?}");
    says(&again.err, &["sizes.png exists; choose another name"]);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let desk = Desk::new();
    for (args, message) in [
        (&["--seconds", "0"][..], "--seconds 0: must be above 0"),
        (&["--seconds", "-1"], "--seconds -1: must be above 0"),
        (&["--seconds", "NaN"], "--seconds NaN: must be above 0"),
        (&["--batch", "0"], "batch = 0: must be from 1"),
        (&["--batch", "400"], "batch = 400 is larger than the data set"),
        (&["--preset", "fast"], "unknown preset 'fast'"),
        (&["--device", "abacus"], "--device abacus: no device has this number, or this in its name"),
        (&["--sizes", "--plot", "sizes.jpg"], "--plot sizes.jpg: this writes .png files"),
        (&["--kernels", "--generator", "linear 3"], "an image of the data set"),
        (&["--set", "tune=1"], "tune = 1 must be true or false"),
    ] {
        let shown = desk.run(&[&["bench", "--config", "small.toml"], args].concat());
        assert_eq!((shown.code, shown.out.as_str()), (Some(1), ""), "{args:?}: {shown:?}");
        says(&shown.err, &["error: ", message]);
        assert_eq!(desk.files(), ["small.toml".to_owned()].into());
    }
}

/// Tunes with its cache in the desk's folder `cache`.
#[cfg(target_os = "linux")]
fn ganvas(desk: &Desk, args: &[&str]) -> String {
    let mut command = desk.command(args);
    // Mesa's cache of compiled shaders stays where it is: filling a new one takes minutes.
    let own = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or(std::env::home_dir().map(|home| home.join(".cache")));
    command.envs(own.map(|folder| ("MESA_SHADER_CACHE_DIR", folder))).env("XDG_CACHE_HOME", desk.path("cache"));
    let shown = shown(command.output().unwrap());
    assert_eq!(shown.code, Some(0), "ganvas {args:?}: {shown:?}");
    shown.err
}

#[cfg(target_os = "linux")]
const TUNED: [&str; 9] = ["--no-window", "--config", "small.toml", "--set", "tune=true", "--device", "gpu", "--steps", "20"];

#[test]
#[cfg(target_os = "linux")]
fn a_choice_is_kept_for_the_device_and_for_the_run() {
    let Some(adapter) = support::adapter("tuning on WGSL") else { return };
    let ways = gpu::product_loops(&gpu::describe(&adapter)).count() - 1;
    let desk = Desk::new();
    let variant = |run: &str| Checkpoint::read(&desk.path(desk.newest(run))).unwrap().variant;
    says(&ganvas(&desk, &TUNED), &[&format!("tuning   trying {ways} ways"), "from now on: gemm_workgroup 32x32 "]);
    let file = "cache/ganvas/tuning.json";
    let mut kept: Value = serde_json::from_slice(&desk.read(file)).unwrap();
    let trial = kept["trials"].as_object_mut().unwrap().values_mut().next().unwrap();
    let chosen = trial["chosen"].as_str().unwrap().to_owned();
    assert!(variant(FIRST).starts_with(&format!("wgsl {chosen} on ")), "{} is not {chosen}", variant(FIRST));

    // What is kept decides, whatever the clock said.
    trial["chosen"] = "gemm_workgroup 32x32".into();
    desk.write(file, kept.to_string());
    let second = "runs/0002-builtin-mlp";
    says(&ganvas(&desk, &TUNED), &["tuning   gemm_workgroup 32x32, the fastest here when it was tried"]);
    assert!(variant(second).starts_with("wgsl gemm_workgroup 32x32 on "), "{}", variant(second));

    // A run goes on with its own, though another is kept now, and so ends as one that was not interrupted.
    desk.write(file, kept.to_string().replace("\"chosen\":\"gemm_workgroup 32x32\"", "\"chosen\":\"gemm_blocks 64x64\""));
    let resumed = ganvas(&desk, &["resume", second, "--steps", "40"]);
    assert!(!resumed.contains("tuning") && !resumed.contains("not bit for bit"), "{resumed}");
    assert!(variant(second).starts_with("wgsl gemm_workgroup 32x32 on "), "{}", variant(second));
    desk.write(file, kept.to_string());
    let whole = "runs/0003-builtin-mlp";
    ganvas(&desk, &[&TUNED[..TUNED.len() - 1], &["40"]].concat());
    let bytes = |run: &str| desk.read(&format!("{run}/checkpoints/step-000040.safetensors"));
    assert!(bytes(second) == bytes(whole), "{whole} and {second} differ");
}

#[test]
#[cfg(target_os = "linux")]
fn no_tune_takes_the_usual_way() {
    let Some(adapter) = support::adapter("--no-tune on WGSL") else { return };
    let desk = Desk::new();
    let said = ganvas(&desk, &[&TUNED[..], &["--no-tune"]].concat());
    assert!(!said.contains("tuning"), "{said}");
    let info = gpu::describe(&adapter);
    let usual = gpu::product_loop(&info).variant(&info);
    assert_eq!(Checkpoint::read(&desk.path(desk.newest(FIRST))).unwrap().variant, usual);
    says(&desk.text(&format!("{FIRST}/config.toml")), &["tune = false"]);
    assert!(!desk.path("cache/ganvas").exists());
}

#[test]
#[cfg(target_os = "linux")]
fn a_cache_that_cannot_be_used_stops_nothing() {
    let Some(_) = support::adapter("a damaged cache on WGSL") else { return };
    let desk = Desk::new();
    desk.write("cache/ganvas/tuning.json", "{ \"trials\": 3");
    says(&ganvas(&desk, &TUNED), &["tuning.json is ignored: it is damaged", "tuning   trying ", "finished 20 steps"]);
    assert!(serde_json::from_slice::<Value>(&desk.read("cache/ganvas/tuning.json")).is_ok(), "it is written anew");

    let desk = Desk::new();
    desk.write("cache", "a file, where a folder should be");
    says(&ganvas(&desk, &TUNED), &["the choice is not kept for the next run: ", "finished 20 steps"]);
    assert_eq!(desk.text("cache"), "a file, where a folder should be");
}
