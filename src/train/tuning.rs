//! Which main loop for products a run takes: that of the run it goes on from, the one that was the fastest here before, or the
//! fastest of a short trial, which is kept for the next time.

use super::link::Say;
use crate::{
    config::Config,
    data::DataSet,
    disk,
    engine::{
        devices::{Choice, Device},
        gpu::{self, ProductLoop},
        tune::{self, NoneRight, Tried},
    },
    models::{Gan, GanSpec},
    plan::{Plan, SequenceId, Storage},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

/// What trials found, by device and products.
#[derive(Serialize, Deserialize, Default)]
struct Kept {
    trials: BTreeMap<String, Trial>,
}

#[derive(Serialize, Deserialize, Clone)]
struct Trial {
    /// Name of the main loop that was chosen.
    chosen: String,
    /// Milliseconds for the products that were tried, by main loop.
    milliseconds: BTreeMap<String, f64>,
}

/// The main loop that computed what `variant` says, where it was this device with this driver; a run that goes on takes it, because
/// another would give other bits.
pub fn recorded(choice: &Choice, variant: &str) -> Option<&'static ProductLoop> {
    match choice.device {
        Device::Cpu => None,
        Device::Gpu(_) => gpu::product_loops(&choice.info).find(|product| product.variant(&choice.info) == variant),
    }
}

/// The main loop for a run's products; none where the device has nothing to choose from, or the configuration says not to. What a
/// trial finds is kept in the user's cache folder with `keep`. A trial that cannot be made leaves the device's usual main loop.
///
/// # Errors
/// [`NoneRight`] where the trial finds that the device computes wrongly.
pub fn tuned(choice: &Choice, config: &Config, data: &DataSet, keep: bool, say: Say) -> Result<Option<&'static ProductLoop>, NoneRight> {
    let Device::Gpu(adapter) = &choice.device else { return Ok(None) };
    if !config.tune || config.batch > data.count {
        return Ok(None);
    }
    // What is wrong with networks and device is told when the run is made.
    let Ok(gan) = Gan::build(&GanSpec::new(config, data.shape(), data.count)) else { return Ok(None) };
    if gan.plan.storage == Storage::F16 && !choice.info.f16 {
        return Ok(None);
    }
    let step = gan.step(config.k);
    let key = key(choice, &gan.plan, &step);
    let file = file();
    let kept = match file.as_deref().map(read) {
        Some(Ok(kept)) => kept,
        Some(Err(error)) => {
            say("note", format!("{} is ignored: {error}", file.as_deref().unwrap_or(Path::new("")).display()));
            Kept::default()
        }
        None => Kept::default(),
    };
    let known = kept.trials.get(&key).and_then(|trial| gpu::product_loops(&choice.info).find(|product| product.name() == trial.chosen));
    if let Some(product) = known {
        say("tuning", format!("{}, the fastest here when it was tried", product.name()));
        return Ok(Some(product));
    }
    let count = gpu::product_loops(&choice.info).count() - 1;
    say(
        "tuning",
        format!("trying {count} ways of computing matrix products, once for this network on this device (`tune = false` skips it)"),
    );
    let tried = match tune::tune(adapter, &gan.plan, &step) {
        Ok(tried) => tried,
        Err(error) => {
            say("note", format!("not tuned: {error}"));
            return Ok(None);
        }
    };
    let product = tune::choose(&tried, gpu::product_loop(&choice.info), &choice.info)?;
    say("tuning", format!("{} from now on: {}", product.name(), times(&tried)));
    if let (true, Some(file)) = (keep, file) {
        let timed = tried.iter().filter_map(|tried| Some((tried.product.name(), tried.seconds.as_ref().ok()? * 1e3)));
        let milliseconds = timed.collect();
        if let Err(error) = write(&file, kept, key, Trial { chosen: product.name(), milliseconds }) {
            say("note", format!("the choice is not kept for the next run: {error}"));
        }
    }
    Ok(Some(product))
}

fn times(tried: &[Tried]) -> String {
    let text = |tried: &Tried| match &tried.seconds {
        Ok(seconds) => format!("{} {:.2} ms", tried.product.name(), seconds * 1e3),
        Err(difference) => format!("{} computes wrongly here ({difference})", tried.product.name()),
    };
    tried.iter().map(text).collect::<Vec<_>>().join(", ")
}

/// Device, driver, version of Ganvas, and a hash of the products' storage, kernels and sizes and of the main loops there are.
fn key(choice: &Choice, plan: &Plan, step: &[SequenceId]) -> String {
    let mut products = format!("{}\n", plan.storage.name());
    for dispatch in &plan.products(step).sequences()[0].dispatches {
        let _ = writeln!(products, "{} {}", dispatch.name(), dispatch.grid);
    }
    for product in gpu::product_loops(&choice.info) {
        let _ = writeln!(products, "{}", product.name());
    }
    let hash: String = Sha256::digest(products).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let info = &choice.info;
    format!("{}; {}; {}; ganvas {}; {hash}", info.name, info.backend, info.driver, env!("CARGO_PKG_VERSION"))
}

/// `tuning.json` in the user's cache folder for Ganvas; none where there is no such folder.
fn file() -> Option<PathBuf> {
    Some(directories::ProjectDirs::from("", "", "ganvas")?.cache_dir().join("tuning.json"))
}

/// What is kept; nothing where nothing was kept yet.
fn read(file: &Path) -> Result<Kept, String> {
    match fs::read(file) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| format!("it is damaged ({error})")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Kept::default()),
        Err(error) => Err(error.to_string()),
    }
}

fn write(file: &Path, mut kept: Kept, key: String, trial: Trial) -> Result<(), String> {
    kept.trials.insert(key, trial);
    let text = serde_json::to_string_pretty(&kept).map_err(|error| error.to_string())?;
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| format!("cannot create {}: {error}", folder.display()))?;
    disk::write_whole(file, text.as_bytes()).map_err(|error| error.to_string())
}
