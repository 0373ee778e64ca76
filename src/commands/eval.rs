//! `ganvas eval`: scores of a run's samples.

use super::{Outcome, generate::Generator, output::extension, train};
use crate::{
    cli::{EvalArgs, GenerateArgs, Show},
    data::{self, DataSet, Split},
    engine::devices,
    eval::{self, Held, Points, Report, SCORES, parzen},
    random::stream,
    terminal::{Progress, print},
    train::{
        Checkpoint, DataIdentity,
        session::{self, AnyError},
    },
};
use serde_json::{Map, Value, json};
use std::{fmt::Write as _, path::Path, process::ExitCode};

/// Values per image of the published Parzen numbers.
const MNIST: usize = 784;

/// The fewest images of an evaluation set: half of them choose sigma, half are the test.
const LEAST_SET: usize = 100;

pub fn run(args: &EvalArgs) -> Outcome {
    let show = Show { quiet: args.json, progress: Progress::Auto };
    let say = &mut |topic, text: String| train::say(show, topic, &text);
    let EvalArgs { run, seed, no_ema, device, .. } = args;
    let generate = GenerateArgs { run: run.clone(), seed: *seed, no_ema: *no_ema, device: device.clone(), force: false };
    let mut generator = Generator::load(&generate)?;
    let choice = devices::choose(device)?;
    say("device", choice.info.to_string());
    let split = training_images(&generator.checkpoint, args.train_data.as_deref(), say)?;
    let (valid, test, held_out) = match &args.data {
        Some(path) => evaluation_set(path, &generator.checkpoint)?,
        None => (split.valid.clone(), split.test.clone(), split.held_out()),
    };
    let pixels = split.train.pixels();
    let (mut samples, range) = match &args.samples {
        Some(path) => read_samples(path, args, &generator)?,
        None => {
            let n = args.n.unwrap_or(parzen::SAMPLES);
            generator.check_count(n)?;
            let latents = generator.distribution.draw(*seed, 0, stream::LATENT_SAMPLE, n, generator.checkpoint.config.latent);
            (generator.images(&latents)?, generator.range)
        }
    };
    eval::to_unit(&mut samples, pixels, range)?;
    let samples = Points::reals(&samples, pixels);
    let held = Held { valid: valid.as_ref().map(points), test: test.as_ref().map(points), all: held_out.as_ref().map(points) };
    let report = eval::measure(&choice, samples, points(&split.train), held)?;
    let counts = [
        ("samples", samples.count),
        ("train", split.train.count),
        ("valid", held.valid.map_or(0, |valid| valid.count)),
        ("test", held.test.map_or(0, |test| test.count)),
    ];
    let missing = report.parzen.is_none().then(|| no_parzen(args, &generator.checkpoint));
    if args.json {
        print(as_json(&report, args, &generator, &counts, missing.as_deref()))?;
    } else {
        print(as_text(&report, args, &generator, &counts)?.trim_end())?;
    }
    match missing {
        Some(missing) => Err(missing.into()),
        None => Ok(ExitCode::SUCCESS),
    }
}

/// A data set as points in [0, 1].
pub fn points(data: &DataSet) -> Points<'_> {
    Points::bytes(data.bytes(), data.pixels())
}

/// The images that the run was trained on, with those that it held out.
pub fn training_images(checkpoint: &Checkpoint, moved: Option<&str>, say: session::Say) -> Result<Split, AnyError> {
    let mut config = checkpoint.config.clone();
    if let Some(path) = moved {
        config.data = path.into();
    }
    let lie = "if the training images lie elsewhere now, say where with --train-data PATH";
    let split = session::load(&config, say).map_err(|error| format!("{error}; {lie}"))?;
    let (then, now) = (&checkpoint.data, DataIdentity::of(&split.train));
    if then.hash != now.hash {
        let (count, shape) = (now.count, now.shape);
        return Err(format!(
            "the run was trained on {} ({} images, {:?}), but {} now gives others ({count} images, {shape:?}); {lie}",
            then.name, then.count, then.shape, config.data
        )
        .into());
    }
    Ok(split)
}

type Parts = (Option<DataSet>, Option<DataSet>, Option<DataSet>);

/// Validation and test images from a set of their own, and both together.
fn evaluation_set(path: &str, checkpoint: &Checkpoint) -> Result<Parts, AnyError> {
    let config = &checkpoint.config;
    let (size, channels) = (config.size, config.channels);
    let request = data::Request { source: path.into(), size, channels, count: config.data_count, seed: config.data_seed, test_too: false };
    let set = data::load(&request)?;
    let shape = [set.channels, set.height, set.width];
    if shape != checkpoint.data.shape {
        let [c, h, w] = checkpoint.data.shape;
        let [channels, height, width] = shape;
        return Err(format!(
            "the images of {path} have {channels} channel(s) of {width}x{height}, those of the run {c} of {w}x{h}; \
             give an evaluation set of that shape"
        )
        .into());
    }
    if set.count < LEAST_SET {
        return Err(format!("{path} holds {} images; an evaluation set takes {LEAST_SET} or more", set.count).into());
    }
    let valid = (set.count / 2).min(parzen::CHOSEN_BY);
    let whole = set.clone();
    // The validation images come first here.
    let data::Split { train: first, test: rest, .. } = data::split(set, 0, whole.count - valid)?;
    Ok((Some(first), rest, Some(whole)))
}

/// Samples from a file `[n, pixels]`, and the range of their values.
fn read_samples(path: &Path, args: &EvalArgs, generator: &Generator) -> Result<(Vec<f32>, (f32, f32)), AnyError> {
    let shape = generator.checkpoint.data.shape;
    let pixels: usize = shape.iter().product();
    let [channels, height, width] = shape;
    let expected = format!("expected a .npy of floats or bytes [n, {channels}, {height}, {width}] or [n, {pixels}], in row-major order");
    let bad = |what: String| format!("samples {}: {what}; {expected}", path.display());
    if extension(path) != "npy" {
        return Err(bad("not .npy".into()).into());
    }
    let bytes = std::fs::read(path).map_err(|error| format!("cannot read the samples {}: {error}", path.display()))?;
    let open = || npyz::NpyFile::new(&bytes[..]).map_err(|error| bad(error.to_string()));
    let file = open()?;
    let found: Vec<usize> = file.shape().iter().map(|extent| *extent as usize).collect();
    let fits = found.len() >= 2 && found[1..].iter().product::<usize>() == pixels && [2, 3, 4].contains(&found.len());
    if !fits || file.order() != npyz::Order::C {
        return Err(bad(format!("shape {found:?}{}", if file.order() == npyz::Order::C { "" } else { ", column-major" })).into());
    }
    let mut range = generator.range;
    let mut values = match open()?.into_vec::<f32>() {
        Ok(values) => values,
        Err(_) => match open()?.into_vec::<f64>() {
            Ok(values) => values.into_iter().map(|value| value as f32).collect(),
            Err(_) => {
                range = (0.0, 255.0);
                let bytes = open()?.into_vec::<u8>().map_err(|error| bad(error.to_string()))?;
                bytes.into_iter().map(f32::from).collect()
            }
        },
    };
    let n = args.n.unwrap_or(found[0]);
    if n > found[0] {
        return Err(format!("{} holds {} samples, -n asks for {n}", path.display(), found[0]).into());
    }
    values.truncate(n * pixels);
    Ok((values, args.range.unwrap_or(range)))
}

/// Why there is no Parzen log-likelihood, and how there would be one.
fn no_parzen(args: &EvalArgs, checkpoint: &Checkpoint) -> String {
    let config = &checkpoint.config;
    let lacks = match (config.valid, config.test) {
        (0, 0) => "neither validation nor test images",
        (0, _) => "no validation images",
        _ => "no test images",
    };
    format!(
        "no Parzen log-likelihood: {} was trained with {lacks} (valid = {}, test = {}); give --data PATH, a set of images that it was not \
         trained on, or train with both held out, such as: ganvas --no-window --valid 1000 --test 1000",
        args.run.display(),
        config.valid,
        config.test
    )
}

fn weights(generator: &Generator, args: &EvalArgs) -> &'static str {
    if generator.checkpoint.config.ema > 0.0 && !args.no_ema { "averaged" } else { "as they are" }
}

fn as_json(report: &Report, args: &EvalArgs, generator: &Generator, counts: &[(&str, usize)], missing: Option<&str>) -> Value {
    // JSON has no NaN or infinity: null.
    let number = |value: Option<f64>| value.and_then(serde_json::Number::from_f64).map_or(Value::Null, Value::Number);
    let column = |get: &dyn Fn(&eval::Score) -> Option<f64>| -> Map<String, Value> {
        SCORES.iter().map(|score| (score.key.to_owned(), number(get(score)))).collect()
    };
    let mut all = Map::new();
    all.insert("run".into(), json!(args.run));
    all.insert("step".into(), json!(generator.checkpoint.step));
    all.insert("weights".into(), json!(weights(generator, args)));
    all.insert("seed".into(), json!(args.seed));
    all.insert("samples_from".into(), json!(args.samples));
    all.extend(column(&|score| (score.value)(report)));
    all.insert("real".into(), Value::Object(column(&|score| (score.real)(report))));
    all.insert("counts".into(), counts.iter().map(|(name, count)| ((*name).to_owned(), json!(count))).collect::<Map<_, _>>().into());
    all.insert("missing".into(), json!(missing));
    all.insert("caveats".into(), json!(report.caveats));
    Value::Object(all)
}

fn as_text(report: &Report, args: &EvalArgs, generator: &Generator, counts: &[(&str, usize)]) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    let [samples, train, valid, test] = [0, 1, 2, 3].map(|i| counts[i].1);
    let from = match &args.samples {
        Some(path) => format!("{samples} samples from {}", path.display()),
        None => {
            let (step, weights, seed) = (generator.checkpoint.step, weights(generator, args), args.seed);
            format!("{samples} samples of seed {seed} at step {step}, weights {weights}")
        }
    };
    writeln!(text, "{}: {from}", args.run.display())?;
    writeln!(text, "against {train} training images; held out: {valid} for validation, {test} for the test")?;
    writeln!(text, "real: what the held-out images score as if they were samples")?;
    writeln!(text)?;
    writeln!(text, "{:<14} {:>9} {:>9}  what it says", "score", "samples", "real")?;
    for score in &SCORES {
        let (value, real) = ((score.value)(report), (score.real)(report));
        let show = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.*}", score.decimals));
        if value.is_some() || real.is_some() || score.key == "parzen" && report.modes.is_none() {
            writeln!(text, "{:<14} {:>9} {:>9}  {}", score.key, show(value), show(real), score.help)?;
        }
    }
    if report.parzen.is_some() && generator.checkpoint.data.shape.iter().product::<usize>() == MNIST {
        writeln!(text, "\nParzen log-likelihood of MNIST as published (Goodfellow et al. 2014, table 1), in nats:")?;
        for (model, mean, error) in parzen::PUBLISHED {
            writeln!(text, "  {model:<32} {mean:>5} ± {error}")?;
        }
    }
    writeln!(text, "\nTo keep in mind:")?;
    for caveat in &report.caveats {
        writeln!(text, "- {caveat}")?;
    }
    Ok(text)
}
