//! `ganvas data check`: what would be loaded, and what is wrong with it.

use super::{
    Outcome, get,
    output::{must_end, writable},
};
use crate::{
    cli::{CheckArgs, DataCommand},
    config::{self, Config, Sources},
    data::{self, DataSet, Distribution, Report, Request},
    sheet, shell,
    terminal::{ReadingBar, print, with_flags},
    train::{
        run_dir::data_sheet,
        session::{self, REALS_DRAWN},
    },
};
use serde_json::{Value, json};
use std::{path::PathBuf, process::ExitCode};

pub fn run(command: &DataCommand) -> Outcome {
    match command {
        DataCommand::Check(args) => check(args),
        DataCommand::Get(args) => get::run(args),
    }
}

fn check(args: &CheckArgs) -> Outcome {
    let CheckArgs { path, out, force, json, .. } = args;
    must_end("--out", out.as_deref(), "png")?;
    let config = config(args)?;
    let request = Request { fit: true, ..Request::of(&config) };
    let mut facts = Value::Null;
    let (examples, sound) = match Distribution::named(path) {
        Some(distribution) => {
            let data::Loaded { set: points, notes, .. } = data::load_telling(&request, &|_, _| {})?;
            let count = points.count;
            let entropy = entropy(distribution, &points);
            if *json {
                facts = json!({ "source": path, "kind": "known distribution", "count": count, "entropy": entropy, "notes": notes, "problem": null });
            } else {
                describe(distribution, &points, entropy)?;
                notes.iter().try_for_each(|note| print(with_flags(&format!("note        {note}"))))?;
            }
            (Some(points), true)
        }
        None => {
            let bar = ReadingBar::new(*json);
            let mut report =
                data::check(&request, &|done, total| bar.show(done, total)).map_err(|error| session::or_another(error.into()))?;
            drop(bar);
            let mut config = config;
            if let (None, Some(examples)) = (&report.problem, &report.examples) {
                // What training would say, so that both are of one mind.
                config.choose_preset(examples.shape().into())?;
                let problem = session::fits(&config, examples.shape(), report.count).err();
                report.problem = problem.map(|problem| problem.to_string());
            }
            if (1..config.batch).contains(&report.count) {
                let (count, batch) = (report.count, config.batch);
                let images = if count == 1 { "image is" } else { "images are" };
                report.notes.push(format!("{count} {images} fewer than the usual batch of {batch}; train with --batch {count} or less"));
            }
            report.notes.iter_mut().chain(&mut report.problem).for_each(|text| *text = with_flags(text));
            if *json {
                facts = as_json(&report);
            } else {
                print(&report)?;
            }
            let sound = report.problem.is_none() && report.examples.is_some();
            (report.examples, sound)
        }
    };
    if let Some(examples) = &examples {
        let default = PathBuf::from(format!("data-check-{}.png", examples.name));
        let path = writable(out.as_deref(), &default, *force)?;
        let shown = if examples.distribution().is_some() { REALS_DRAWN } else { examples.count };
        sheet::write_png(&path, &data_sheet(examples, shown)?)?;
        match &mut facts {
            Value::Object(facts) => _ = facts.insert("examples".into(), json!(path)),
            _ => print(format_args!("examples: {}", path.display()))?,
        }
    }
    if *json {
        print(facts)?;
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The defaults of a run on these data.
fn config(args: &CheckArgs) -> Result<Config, Box<dyn std::error::Error + Send + Sync>> {
    let set = [format!("data={}", toml::Value::String(args.path.clone()))];
    let mut config = config::resolve(&Sources { set: &set, ..Sources::default() })?;
    config.data = shell::expanded(&args.path);
    config.size = args.size;
    config.channels = args.channels;
    config.background = args.background;
    config.frames = args.frames;
    config.rescale = args.rescale;
    config.transpose = args.transpose;
    config.skip_unreadable = args.skip_unreadable;
    Ok(config)
}

fn as_json(report: &Report) -> Value {
    let sizes: Vec<Value> =
        report.sizes.iter().map(|((width, height), count)| json!({ "width": width, "height": height, "count": count })).collect();
    let classes: Vec<Value> = report.classes.iter().map(|(name, count)| json!({ "name": name, "count": count })).collect();
    let unreadable: Vec<Value> = report.unreadable.iter().map(|bad| json!({ "name": bad.name, "cause": bad.cause })).collect();
    let left_out: Vec<Value> = report
        .left_out
        .iter()
        .map(|(reason, count, example)| json!({ "reason": reason.key(), "count": count, "example": example }))
        .collect();
    let shape = report.examples.as_ref().map(|e| [report.count, e.channels, e.height, e.width]);
    json!({
        "source": report.source,
        "kind": report.kind,
        "about": report.about,
        "count": report.count,
        "shape": shape,
        "sizes": sizes,
        "channels": report.channels,
        "classes": classes,
        "values": report.values.map(|(low, high, mean)| json!({ "low": low, "high": high, "mean": mean })),
        "duplicates": report.duplicates,
        "left_out": left_out,
        "unreadable": unreadable,
        "notes": report.notes,
        "problem": report.problem,
    })
}

/// The mean of -log p_data over the points, in nats.
fn entropy(distribution: &Distribution, points: &DataSet) -> f64 {
    let values: Vec<f64> = points.reals().iter().map(|value| f64::from(*value)).collect();
    -distribution.densities(&values).iter().map(|p| p.ln()).sum::<f64>() / points.count as f64
}

/// What there is to know of points.
fn describe(distribution: &Distribution, points: &DataSet, entropy: f64) -> Result<(), String> {
    let mut text = format!("{} (known distribution): {}\n", distribution.name, distribution.help);
    let (n, count) = (distribution.dimensions, points.count);
    text += &format!("points      {count} of {n} value{}, drawn by ganvas\n", if n == 1 { "" } else { "s" });
    text += &match distribution.modes() {
        Some((modes, sigma)) => format!("modes       {}, sigma {sigma}\n", modes.len()),
        None => format!(
            "modes       none that lie apart; {} Gaussians of sigma {} along arcs\n",
            distribution.centres().len(),
            distribution.sigma
        ),
    };
    for (axis, name) in (0..n).zip(["x1", "x2"]) {
        let values = || points.reals().iter().skip(axis).step_by(n).map(|value| f64::from(*value));
        let (low, high) = values().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        text += &format!("{name:<11} {low:.3} to {high:.3}, mean {:.3}\n", values().sum::<f64>() / count as f64);
    }
    text += &format!("entropy     {entropy:.3} nats (mean of -log p_data over the points)\n");
    text += &format!("preset      {} (chosen by itself)\n", config::preset_for(distribution.name));
    text += &format!("verdict     would load: {count} x {n} (points, values)");
    print(text)
}
