//! Scores as a table and as JSON.

use super::Evaluated;
use crate::{
    cli::EvalArgs,
    eval::{
        InSpace, Report, SCORES, Score, Skill, Swd,
        features::Scores,
        modes::{self, Published},
        parzen, swd,
    },
};
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeSet,
    fmt::{Error, Write as _},
};

/// Values per image of the published Parzen numbers.
const MNIST: usize = 784;

/// JSON has no NaN or infinity: null.
fn number(value: Option<f64>) -> Value {
    value.and_then(serde_json::Number::from_f64).map_or(Value::Null, Value::Number)
}

fn column(get: impl Fn(&Score) -> Option<f64>) -> Map<String, Value> {
    SCORES.iter().map(|score| (score.key.to_owned(), number(get(score)))).collect()
}

/// How the scores were made that come of halves of the training images: names and numbers.
fn protocol(report: &Report) -> Value {
    let swd = report.swd.as_ref().map(|swd| json!({ "images": swd.pictures, "patches": swd::PATCHES, "directions": swd::DIRECTIONS }));
    let space = |space: &Option<InSpace>| {
        let kid = |scores: &Scores| json!({ "deviation": scores.kid.deviation, "subsets": scores.kid.subsets, "of": scores.kid.of });
        space.as_ref().map(|space| {
            let InSpace { name, features, points, samples, real } = space;
            json!({ "features": name, "count": features, "images": points, "kid": kid(samples), "kid_real": kid(real) })
        })
    };
    let skill = report.skill.map(|skill| {
        let Skill { accuracy, held_out, trained_on, classes } = skill;
        json!({ "accuracy": accuracy, "held_out": held_out, "trained_on": trained_on, "classes": classes })
    });
    json!({ "swd": swd, "pca": space(&report.pca), "classifier": space(&report.classifier), "classifier_skill": skill })
}

/// Distances at each level: height, width, of the samples, of real images.
fn levels(report: &Report) -> impl Iterator<Item = (usize, usize, f64, f64)> + '_ {
    let of = |swd: &Option<Swd>| swd.iter().flat_map(|swd| swd.levels.clone()).collect::<Vec<_>>();
    of(&report.swd).into_iter().zip(of(&report.swd_real)).map(|(a, b)| (a.height, a.width, a.distance, b.distance))
}

/// One object.
pub fn as_json(one: &Evaluated, args: &EvalArgs) -> Value {
    let Evaluated { run, step, data, weights, samples, train, valid, test, report, missing, .. } = one;
    let mut all = Map::new();
    all.insert("run".into(), json!(run));
    all.insert("data".into(), json!(data.name));
    all.insert("step".into(), json!(step));
    all.insert("weights".into(), json!(weights));
    all.insert("seed".into(), json!(args.seed));
    all.insert("samples_from".into(), json!(args.samples));
    all.extend(column(|score| (score.value)(report)));
    all.insert("real".into(), Value::Object(column(|score| (score.real)(report))));
    let level = |(height, width, distance, real)| json!({ "height": height, "width": width, "swd": distance, "real": real });
    all.insert("swd_levels".into(), levels(report).map(level).collect());
    all.insert("protocol".into(), protocol(report));
    all.insert("counts".into(), json!({ "samples": samples, "train": train, "valid": valid, "test": test }));
    all.insert("missing".into(), json!(missing));
    all.insert("caveats".into(), json!(report.caveats));
    Value::Object(all)
}

/// One object, with those of all runs in it.
pub fn several_as_json(all: &[Evaluated], args: &EvalArgs) -> Value {
    json!({
        "runs": all.iter().map(|one| as_json(one, args)).collect::<Vec<_>>(),
        "mean": column(|score| Some(mean(all, score)?.0)),
        "standard_error": column(|score| Some(mean(all, score)?.1)),
        "caveats": caveats(all),
    })
}

/// A table.
pub fn as_text(one: &Evaluated, args: &EvalArgs) -> Result<String, Error> {
    let Evaluated { run, step, data, known, weights, samples, train, valid, test, report, .. } = one;
    let mut text = String::new();
    let from = match &args.samples {
        Some(path) => format!("{samples} samples from {}", path.display()),
        None => format!("{samples} samples of seed {} at step {step}, weights {weights}", args.seed),
    };
    writeln!(text, "{}: {from}", run.display())?;
    match known {
        Some(known) => {
            writeln!(text, "against {train} training points of {}: {}", known.name, known.help)?;
            writeln!(text, "real: what {samples} fresh points of the same distribution score, as those of a perfect generator would")?;
        }
        None => {
            writeln!(text, "against {train} training images; held out: {valid} for validation, {test} for the test")?;
            writeln!(text, "real: what the held-out images score as if they were samples")?;
        }
    }
    halves(&mut text, report)?;
    writeln!(text)?;
    let wide = SCORES.iter().filter(|score| (score.value)(report).is_some()).map(|score| score.key.len()).max().unwrap_or_default();
    writeln!(text, "{:<wide$} {:>9} {:>9}  what it says", "score", "samples", "real")?;
    for score in &SCORES {
        let (value, real) = ((score.value)(report), (score.real)(report));
        let show = |value: Option<f64>| decimal(value, score.decimals);
        if value.is_some() || real.is_some() || score.key == "parzen" && known.is_none() {
            let help = report.doubt(score).unwrap_or(score.help);
            writeln!(text, "{:<wide$} {:>9} {:>9}  {help}", score.key, show(value), show(real))?;
        }
        if score.key == "swd" {
            for (height, width, distance, real) in levels(report) {
                let name = format!("  {width} x {height}");
                writeln!(text, "{name:<wide$} {:>9} {:>9}", show(Some(distance)), show(Some(real)))?;
            }
        }
    }
    if report.parzen.is_some() && data.shape.iter().product::<usize>() == MNIST {
        writeln!(text, "\nParzen log-likelihood of MNIST as published (Goodfellow et al. 2014, table 1), in nats:")?;
        for (model, mean, error) in parzen::PUBLISHED {
            writeln!(text, "  {model:<32} {mean:>5} ± {error}")?;
        }
    }
    published(&mut text, &data.name, report)?;
    keep_in_mind(&mut text, report.caveats.iter())?;
    Ok(text)
}

/// Which scores compare halves of the training images, how many of them, and in which features.
fn halves(text: &mut String, report: &Report) -> Result<(), Error> {
    if report.swd.is_none() && report.pca.is_none() && report.classifier.is_none() {
        return Ok(());
    }
    writeln!(text, "and where samples are compared with a half of the training images, what the other half scores:")?;
    if let Some(Swd { pictures, .. }) = report.swd {
        writeln!(text, "  swd: {pictures} images of each")?;
    }
    if let Some(InSpace { points, name, .. }) = &report.pca {
        let but = if report.frechet_real.is_some() { " but frechet_pca" } else { "" };
        writeln!(text, "  *_pca{but}: {points} images of each, features {name}")?;
    }
    if let Some(InSpace { points, name, .. }) = &report.classifier {
        writeln!(text, "  *_classifier: {points} images of each, features {name}")?;
    }
    if let Some(Skill { accuracy, held_out, trained_on, classes }) = report.skill {
        let percent = 100.0 * accuracy;
        writeln!(
            text,
            "the classifier, of {classes} classes, is right about {percent:.1} % of {held_out} images; it was trained on {trained_on} others"
        )?;
    }
    Ok(())
}

/// Scores in a table of several runs: more would be wider than a terminal.
const ACROSS: usize = 7;

/// A table of a row per run, with mean and standard error below.
pub fn several_as_text(all: &[Evaluated], args: &EvalArgs) -> Result<String, Error> {
    let mut text = String::new();
    let Some(first) = all.first() else { return Ok(text) };
    let Evaluated { samples, weights, data, report, .. } = first;
    writeln!(text, "{} runs on {}: {samples} samples of seed {} from each, weights {weights}", all.len(), data.name, args.seed)?;
    let shown: Vec<&Score> = SCORES.iter().filter(|score| all.iter().any(|one| (score.value)(&one.report).is_some())).collect();
    let names: Vec<String> = all.iter().map(|one| one.run.display().to_string()).collect();
    let wide = names.iter().map(String::len).max().unwrap_or_default().max("standard error".len());
    for shown in shown.chunks(ACROSS) {
        writeln!(text)?;
        let mut row = |name: &str, step: &str, cell: &dyn Fn(&Score) -> String| -> Result<(), Error> {
            write!(text, "{name:<wide$} {step:>8}")?;
            for score in shown {
                write!(text, " {:>1$}", cell(score), score.key.len().max(8))?;
            }
            writeln!(text)
        };
        row("run", "step", &|score| score.key.into())?;
        for (one, name) in all.iter().zip(&names) {
            row(name, &one.step.to_string(), &|score| decimal((score.value)(&one.report), score.decimals))?;
        }
        row("mean", "", &|score| decimal(mean(all, score).map(|(mean, _)| mean), score.decimals.max(2)))?;
        row("standard error", "", &|score| decimal(mean(all, score).map(|(_, error)| error), score.decimals.max(2)))?;
        row("real", "", &|score| decimal((score.real)(report), score.decimals))?;
    }
    published(&mut text, &data.name, report)?;
    keep_in_mind(&mut text, caveats(all).iter())?;
    Ok(text)
}

/// A number for the table; a star where it is none.
fn decimal(value: Option<f64>, decimals: usize) -> String {
    match value {
        None => "-".into(),
        Some(value) if value.is_finite() => format!("{value:.decimals$}"),
        Some(_) => "*".into(),
    }
}

/// Mean of a score over the runs, and its standard error; none unless every run has the score.
fn mean(all: &[Evaluated], score: &Score) -> Option<(f64, f64)> {
    let values = all.iter().map(|one| (score.value)(&one.report)).collect::<Option<Vec<f64>>>()?;
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    Some((mean, (variance / n).sqrt()))
}

/// Published mode coverage of the same data.
fn published(text: &mut String, data: &str, report: &Report) -> Result<(), Error> {
    let rows: Vec<&Published> = modes::PUBLISHED.iter().filter(|row| report.modes.is_some() && row.data == data).collect();
    if !rows.is_empty() {
        writeln!(text, "\nas published (Lin et al. 2018, table 1: 400000 steps, ten runs, mean ± standard error):")?;
        writeln!(text, "  {:<9} {:>10} {:>15} {:>12}", "model", "modes", "high_quality", "reverse_kl")?;
    }
    for Published { model, modes, high_quality, reverse_kl, .. } in rows {
        let cell = |[mean, error]: [f64; 2], decimals: usize| format!("{mean:.decimals$} ± {error:.decimals$}");
        writeln!(text, "  {model:<9} {:>10} {:>15} {:>12}", cell(*modes, 1), cell(*high_quality, 3), cell(*reverse_kl, 2))?;
    }
    Ok(())
}

fn keep_in_mind<'a>(text: &mut String, lines: impl Iterator<Item = &'a String>) -> Result<(), Error> {
    writeln!(text, "\nTo keep in mind:")?;
    for line in lines {
        writeln!(text, "- {line}")?;
    }
    Ok(())
}

/// What is to be kept in mind about any of the runs, and about a mean over all of them.
fn caveats(all: &[Evaluated]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let Some((first, others)) = all.split_first() else { return lines };
    let differ: BTreeSet<String> =
        others.iter().flat_map(|other| first.config.differences(&other.config)).map(|(key, ..)| key).filter(|key| key != "seed").collect();
    if !differ.is_empty() {
        let keys: Vec<String> = differ.into_iter().collect();
        lines.push(format!("mean: the runs differ in {}, so that it is over several settings.", keys.join(", ")));
    }
    if others.iter().any(|other| other.step != first.step) {
        lines.push("mean: the runs are at different steps.".into());
    }
    let seeds: BTreeSet<u32> = all.iter().map(|one| one.config.seed).collect();
    if seeds.len() < all.len() {
        lines
            .push("mean: some runs have the same seed; the standard error says how other seeds differ only where each has its own.".into());
    }
    for line in all.iter().flat_map(|one| &one.report.caveats) {
        if !lines.contains(line) {
            lines.push(line.clone());
        }
    }
    lines
}
