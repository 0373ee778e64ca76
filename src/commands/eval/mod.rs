//! `ganvas eval`: scores of a run's samples, or of those of several runs.

mod samples;
mod show;

use super::{Outcome, generate::Generator, train};
use crate::{
    cli::{EvalArgs, GenerateArgs, Show},
    config::Config,
    data::{self, DataError, DataSet, Distribution, Split},
    engine::devices,
    eval::{self, Counts, EvalError, Held, Labels, Pictures, Points, Report, SCORES, modes, parzen},
    random::stream,
    terminal::{Progress, print},
    train::{
        Checkpoint, DataIdentity,
        session::{self, AnyError},
    },
};
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

/// The fewest images of an evaluation set: half of them choose sigma, half are the test.
const LEAST_SET: usize = 100;

pub fn run(args: &EvalArgs) -> Outcome {
    let show = Show { quiet: args.json, progress: Progress::Auto };
    let say = &mut |topic, text: String| train::say(show, topic, &text);
    if args.samples.is_some() && args.runs.len() > 1 {
        return Err("--samples are those of one run; give one run".into());
    }
    let mut all: Vec<Evaluated> = Vec::new();
    for run in &args.runs {
        if all.iter().any(|other| other.run == *run) {
            return Err(format!("{} is given twice; give each run once", run.display()).into());
        }
        let next = evaluate(run, args, say)?;
        if let Some(first) = all.first().filter(|first| first.data.name != next.data.name || first.data.shape != next.data.shape) {
            let (a, b) = (first.run.display(), next.run.display());
            return Err(format!(
                "{a} was trained on {}, {b} on {}: a mean over them says nothing; give runs of the same data",
                first.data.name, next.data.name
            )
            .into());
        }
        all.push(next);
    }
    match (&all[..], args.json) {
        ([only], true) => print(show::as_json(only, args))?,
        ([only], false) => print(show::as_text(only, args)?.trim_end())?,
        (several, true) => print(show::several_as_json(several, args))?,
        (several, false) => print(show::several_as_text(several, args)?.trim_end())?,
    }
    match all.into_iter().find_map(|one| one.missing) {
        Some(missing) => Err(missing.into()),
        None => Ok(ExitCode::SUCCESS),
    }
}

/// The scores of a run, and what they are made from.
struct Evaluated {
    run: PathBuf,
    step: u32,
    config: Config,
    data: DataIdentity,
    /// The distribution of which the data are points, where they are.
    known: Option<&'static Distribution>,
    /// Of G: `averaged`, or `as they are`.
    weights: &'static str,
    samples: usize,
    train: usize,
    valid: usize,
    test: usize,
    report: Report,
    /// Why there is no Parzen log-likelihood, where there should be one.
    missing: Option<String>,
}

fn evaluate(run: &Path, args: &EvalArgs, say: session::Say) -> Result<Evaluated, AnyError> {
    let EvalArgs { seed, no_ema, device, .. } = args;
    let generate = GenerateArgs { run: run.into(), seed: *seed, no_ema: *no_ema, device: device.clone(), force: false };
    let mut generator = Generator::load(&generate)?;
    let known = generator.distribution_of_data();
    for (option, given) in [("--data", args.data.is_some()), ("--range", args.range.is_some()), ("--layout", args.layout.is_some())] {
        if given && let Some(known) = known {
            return Err(format!(
                "{option} is for images, and {} makes points: they are measured as they are, against {} itself; leave it out",
                run.display(),
                known.name
            )
            .into());
        }
    }
    let choice = devices::choose(device)?;
    say("device", choice.info.to_string());
    let split = training_images(&generator.checkpoint, args.train_data.as_deref(), say)?;
    let (valid, test, held_out) = match &args.data {
        Some(path) => evaluation_set(path, &generator.checkpoint, say)?,
        None => (split.valid.clone(), split.test.clone(), split.held_out()),
    };
    let pixels = split.train.pixels();
    let (mut samples, range) = match &args.samples {
        Some(path) => samples::read(path, args, &generator, say)?,
        None => {
            let n = args.n.unwrap_or(if known.is_some() { modes::SAMPLES } else { parzen::SAMPLES });
            generator.check_count(n)?;
            let latents = generator.distribution.draw(*seed, 0, stream::LATENT_SAMPLE, n, generator.checkpoint.config.latent);
            let mut images = generator.images(&latents)?;
            if known.is_none() {
                // What ends without an activation goes beyond the range of images; it is scored as it is shown.
                let (low, high) = generator.range;
                images.iter_mut().for_each(|value| *value = value.clamp(low, high));
            }
            (images, generator.range)
        }
    };
    let (mut report, missing) = match known {
        Some(known) => {
            eval::check_finite(&samples, pixels)?;
            // Other points than those trained on, as many as there are samples.
            let fresh = known.draw(!generator.checkpoint.config.data_seed, samples.len() / pixels);
            let [samples, train, fresh] = [&samples[..], split.train.reals(), &fresh].map(|values| Points::reals(values, pixels));
            let modes = known.modes();
            let modes = modes.as_ref().map(|(centres, sigma)| (&centres[..], *sigma));
            (eval::measure_points(&choice, samples, train, fresh, modes)?, None)
        }
        None => {
            eval::to_unit(&mut samples, pixels, range).map_err(|error| -> AnyError {
                match error {
                    EvalError::Range { .. } => format!("{error}, such as --range 0,1").into(),
                    other => other.into(),
                }
            })?;
            let held = Held { valid: valid.as_ref().map(points), test: test.as_ref().map(points), all: held_out.as_ref().map(points) };
            let labels = split.train.labels.as_deref().map(|of| Labels { of, classes: split.train.classes.len() });
            let counts = Counts { swd: args.swd_images, features: args.feature_images, classifier_steps: args.classifier_steps };
            let pictures = Pictures { shape: split.train.shape(), labels, counts };
            let report = eval::measure(&choice, Points::reals(&samples, pixels), points(&split.train), held, &pictures)?;
            let missing = report.parzen.is_none().then(|| no_parzen(run, &generator.checkpoint));
            (report, missing)
        }
    };
    for score in &SCORES {
        if [(score.value)(&report), (score.real)(&report)].into_iter().flatten().any(|value| !value.is_finite()) {
            let line = format!("{}: a star (null in JSON) is no number; the images that are compared there are all alike.", score.key);
            report.caveats.push(line);
        }
    }
    let count = |set: &Option<DataSet>| set.as_ref().map_or(0, |set| set.count);
    let Checkpoint { step, config, data, .. } = generator.checkpoint;
    Ok(Evaluated {
        run: run.into(),
        step,
        weights: if config.ema > 0.0 && !no_ema { "averaged" } else { "as they are" },
        config,
        data,
        known,
        samples: samples.len() / pixels,
        train: split.train.count,
        valid: count(&valid),
        test: count(&test),
        report,
        missing,
    })
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
    let split = session::load(&config, say).map_err(|error| match error.downcast_ref() {
        Some(DataError::Missing(_) | DataError::AllHeldOut { .. }) => format!("{error}; {lie}").into(),
        _ => error,
    })?;
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
fn evaluation_set(path: &str, checkpoint: &Checkpoint, say: session::Say) -> Result<Parts, AnyError> {
    let request = data::Request { source: path.into(), test_too: false, ..data::Request::of(&checkpoint.config) };
    let data::Loaded { set, notes, .. } = data::load_telling(&request, &|_, _| {})?;
    for note in notes {
        say(session::WARNING, note);
    }
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

/// Why there is no Parzen log-likelihood, and how there would be one.
fn no_parzen(run: &Path, checkpoint: &Checkpoint) -> String {
    let config = &checkpoint.config;
    let lacks = match (config.valid, config.test) {
        (0, 0) => "neither validation nor test images",
        (0, _) => "no validation images",
        _ => "no test images",
    };
    format!(
        "no Parzen log-likelihood: {} was trained with {lacks} (valid = {}, test = {}); give --data PATH, a set of images that it was not \
         trained on, or train with both held out, such as: ganvas --no-window --valid 1000 --test 1000",
        run.display(),
        config.valid,
        config.test
    )
}
