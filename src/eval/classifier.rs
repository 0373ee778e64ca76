//! Features of a small convolutional classifier, trained on the data's own labels: no download, and of a meaning for whatever the labels
//! tell apart. They belong to one set and one training: compare scores of the same name alone.

use super::{EvalError, Points, features};
use crate::{
    data::UNLABELLED,
    engine::{Engine, Work, devices},
    layers::Extent,
    models::{self, ClassifierSpec},
    ops::{Optimizer, batch::order},
    plan::Tensor,
};

/// Features: the outputs of the last layer but one.
pub const FEATURES: usize = 64;

/// Updates, unless a person says otherwise.
pub const STEPS: usize = 600;

/// Pictures per batch.
const BATCH: usize = 100;

/// Learning rate of the first update; it falls to 0 in a straight line.
const RATE: f64 = 2e-3;

/// Fewer labelled pictures are refused.
pub const LEAST: usize = 200;

/// One labelled picture in so many is not trained on: by these the accuracy is told.
const HELD_OUT: usize = 10;

/// Pictures are halved by convolutions until no side is longer.
const SHORT: usize = 8;

/// Labels of pictures.
#[derive(Clone, Copy, Debug)]
pub struct Labels<'a> {
    /// The class of each picture, or [`UNLABELLED`].
    pub of: &'a [u32],
    /// Classes.
    pub classes: usize,
}

/// A trained classifier on a device.
pub struct Classifier {
    engine: Box<dyn Engine>,
    model: models::Classifier,
    image: Extent,
    /// What its features are called.
    pub name: String,
    /// How good it is.
    pub skill: Skill,
}

/// How good a classifier is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Skill {
    /// Share of the pictures that were held out of its training that it classifies rightly.
    pub accuracy: f64,
    /// Pictures that were held out.
    pub held_out: usize,
    /// Pictures that it was trained on.
    pub trained_on: usize,
    /// Classes.
    pub classes: usize,
}

/// Layers from a picture to its features: convolutions that halve it, and a linear layer.
fn layers(image: Extent) -> Vec<String> {
    let leaky = || String::from("leaky_relu 0.2");
    let (mut channels, mut sides) = (16, [image.height, image.width]);
    let mut list = Vec::new();
    while list.is_empty() || sides.iter().any(|side| *side > SHORT) {
        // A picture of one row or column cannot be halved by squares.
        let halved = sides.iter().all(|side| *side > 1) && sides.iter().any(|side| *side > SHORT);
        list.extend([format!("conv {channels} {}", if halved { "4 stride 2 pad 1" } else { "3 pad 1" }), leaky()]);
        if !halved {
            break;
        }
        (channels, sides) = ((2 * channels).min(64), sides.map(|side| side / 2));
    }
    list.extend(["flatten".into(), format!("linear {FEATURES}"), leaky()]);
    list
}

impl Classifier {
    /// Trains on `pictures` `[count, channels, height, width]` with pixels in [0, 1]. `None` where fewer than [`LEAST`] have a label, or
    /// all the same one.
    ///
    /// # Errors
    /// [`EvalError`].
    pub fn train(
        device: &devices::Choice,
        pictures: Points,
        shape: [usize; 3],
        labels: Labels,
        steps: usize,
        seed: u32,
    ) -> Result<Option<Classifier>, EvalError> {
        let image = Extent::from(shape);
        let labelled: Vec<u32> = (0..pictures.count as u32).filter(|i| labels.of[*i as usize] != UNLABELLED).collect();
        let differ = labelled.iter().any(|i| labels.of[*i as usize] != labels.of[labelled[0] as usize]);
        if labelled.len() < LEAST || !differ {
            return Ok(None);
        }
        let mut shuffled = vec![0; labelled.len()];
        order(seed, 0, labelled.len() as u32, &mut shuffled);
        let shuffled: Vec<u32> = shuffled.into_iter().map(|i| labelled[i as usize]).collect();
        let (held_out, train) = shuffled.split_at(labelled.len() / HELD_OUT);

        let optimizer = Optimizer::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
        let spec = ClassifierSpec { features: layers(image), image, classes: labels.classes, batch: BATCH, optimizer };
        let model = models::Classifier::build(&spec)?;
        let mut engine = devices::open(device, model.plan.clone())?;
        for (tensor, values) in model.initial_values(seed) {
            engine.upload(tensor, &values)?;
        }
        let mut numbers = vec![0; BATCH];
        for step in 0..steps {
            order(seed, step as u32, train.len() as u32, &mut numbers);
            let batch: Vec<u32> = numbers.iter().map(|i| train[*i as usize]).collect();
            let mut classes = vec![0.0; BATCH * labels.classes];
            for (row, picture) in classes.chunks_exact_mut(labels.classes).zip(&batch) {
                row[labels.of[*picture as usize] as usize] = 1.0;
            }
            engine.upload(&model.x, &centred(&pictures.picked(&batch), 0..BATCH, image))?;
            engine.upload(&model.classes, &classes)?;
            engine.upload(&model.dials, &[(RATE * (1.0 - step as f64 / steps as f64)) as f32; 2])?;
            engine.submit(&Work { runs: model.update.runs().into(), times: 1, ..Work::default() })?;
            engine.collect(true)?;
        }
        let mut parameters = Vec::new();
        for tensor in model.body.weights.tensors() {
            parameters.extend(engine.download(tensor)?);
        }
        let name = features::name("classifier", FEATURES, parameters.into_iter().map(f64::from));
        let skill = Skill { accuracy: 0.0, held_out: held_out.len(), trained_on: train.len(), classes: labels.classes };
        let mut trained = Classifier { engine, model, image, name, skill };
        let logits = trained.look(pictures.picked(held_out), |model| &model.logits)?;
        let right = |(logits, picture): (&[f32], &u32)| {
            let best = (0..labels.classes).max_by(|a, b| logits[*a].total_cmp(&logits[*b]));
            best == Some(labels.of[*picture as usize] as usize)
        };
        let right = logits.chunks_exact(labels.classes).zip(held_out).filter(|one| right(*one)).count();
        trained.skill.accuracy = right as f64 / held_out.len() as f64;
        Ok(Some(trained))
    }

    /// Features `[count, FEATURES]` of pictures with pixels in [0, 1].
    ///
    /// # Errors
    /// [`EvalError::Engine`].
    pub fn features(&mut self, pictures: Points) -> Result<Vec<f32>, EvalError> {
        self.look(pictures, |model| &model.features)
    }

    /// A value per picture `[count, columns]`.
    fn look(&mut self, pictures: Points, value: fn(&models::Classifier) -> &Tensor) -> Result<Vec<f32>, EvalError> {
        let tensor = value(&self.model).clone();
        let mut values = Vec::with_capacity(pictures.count * tensor.shape[1]);
        for range in pictures.blocks(BATCH) {
            let rows = range.len();
            self.engine.upload_start(&self.model.x, &centred(&pictures, range, self.image))?;
            self.engine.submit(&Work { runs: vec![self.model.look], times: 1, reads: vec![tensor.clone()], ..Work::default() })?;
            if let Some(done) = self.engine.collect(true)? {
                values.extend(&done.reads[0][..rows * tensor.shape[1]]);
            }
        }
        Ok(values)
    }
}

/// Pictures as the network has them: values from -1 to 1, the channels of a pixel side by side.
fn centred(pictures: &Points, range: std::ops::Range<usize>, image: Extent) -> Vec<f32> {
    let mut values = image.interleaved(&pictures.read(range));
    values.iter_mut().for_each(|value| *value = 2.0 * *value - 1.0);
    values
}
