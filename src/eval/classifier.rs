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
    random::{pcg4d, stream},
};
use std::ops::Range;

/// Features: the outputs of the last layer but one.
pub const FEATURES: usize = 64;

/// Updates, unless a person says otherwise.
pub const STEPS: usize = 600;

/// Pictures per batch.
const BATCH: usize = 100;

/// Learning rate of the first update; it falls to 0 in a straight line.
const RATE: f64 = 4e-3;

/// Fewer labelled pictures are refused.
pub const LEAST: usize = 200;

/// One labelled picture in so many is not trained on: by these the accuracy is told.
const HELD_OUT: usize = 10;

/// In training, pictures are moved at random along both axes, up to one part in so many of their sides: what is shown stays the same.
const MOVED: usize = 14;

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

/// A classifier on a device.
pub struct Classifier {
    engine: Box<dyn Engine>,
    model: models::Classifier,
    /// Channels, height and width.
    shape: [usize; 3],
    seed: u32,
}

/// Layers from a picture to its features: convolutions that halve it, and a linear layer.
fn layers([_, height, width]: [usize; 3]) -> Vec<String> {
    let leaky = || String::from("leaky_relu 0.2");
    let (mut channels, mut sides) = (16, [height, width]);
    let mut list = Vec::new();
    while sides.iter().any(|side| *side > SHORT) && sides.iter().all(|side| *side > 1) {
        list.extend([format!("conv {channels} 4 stride 2 pad 1"), leaky()]);
        (channels, sides) = ((2 * channels).min(64), sides.map(|side| side / 2));
    }
    if list.is_empty() {
        list.extend([format!("conv {channels} 3 pad 1"), leaky()]);
    }
    list.extend(["flatten".into(), format!("linear {FEATURES}"), leaky()]);
    list
}

/// Numbers of the labelled pictures in random order: those that are held out, and the others. `None` where fewer than [`LEAST`] have a
/// label, or all the same one.
fn split(labels: Labels, seed: u32) -> Option<[Vec<u32>; 2]> {
    let labelled: Vec<u32> = (0..).zip(labels.of).filter(|(_, label)| **label != UNLABELLED).map(|(i, _)| i).collect();
    let class = |i: &u32| labels.of[*i as usize];
    if labelled.len() < LEAST || labelled.iter().all(|i| class(i) == class(&labelled[0])) {
        return None;
    }
    let mut shuffled = vec![0; labelled.len()];
    order(seed, 0, labelled.len() as u32, &mut shuffled);
    shuffled.iter_mut().for_each(|i| *i = labelled[*i as usize]);
    let train = shuffled.split_off(labelled.len() / HELD_OUT);
    Some([shuffled, train])
}

impl Classifier {
    /// Trains on `pictures` `[count, channels, height, width]` with pixels in [0, 1] for so many steps, and tells how good it became.
    /// `None` where fewer than [`LEAST`] pictures have a label, or all the same one.
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
    ) -> Result<Option<(Classifier, Skill)>, EvalError> {
        let Some([held_out, train]) = split(labels, seed) else { return Ok(None) };
        let optimizer = Optimizer::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
        let spec = ClassifierSpec { features: layers(shape), image: shape.into(), classes: labels.classes, batch: BATCH, optimizer };
        let model = models::Classifier::build(&spec)?;
        let mut engine = devices::open(device, model.plan.clone())?;
        for (tensor, values) in model.initial_values(seed) {
            engine.upload(tensor, &values)?;
        }
        let mut classifier = Classifier { engine, model, shape, seed };
        for step in 0..steps {
            let rate = RATE * (1.0 - step as f64 / steps as f64);
            classifier.update(pictures, &train, labels, step as u32, rate as f32)?;
        }
        let right = classifier.right(pictures.picked(&held_out), held_out.iter().map(|i| labels.of[*i as usize]))?;
        let skill = Skill {
            accuracy: right as f64 / held_out.len() as f64,
            held_out: held_out.len(),
            trained_on: train.len(),
            classes: labels.classes,
        };
        Ok(Some((classifier, skill)))
    }

    /// One update by a batch of the pictures with the numbers `train`, each moved a little.
    fn update(&mut self, pictures: Points, train: &[u32], labels: Labels, step: u32, rate: f32) -> Result<(), EvalError> {
        let mut numbers = vec![0; BATCH];
        order(self.seed, step, train.len() as u32, &mut numbers);
        let (mut batch, mut classes) = (Vec::new(), vec![0.0; BATCH * labels.classes]);
        for (row, i) in numbers.into_iter().enumerate() {
            let number = train[i as usize] as usize;
            let [down, right, ..] = pcg4d([self.seed, step, stream::SHIFTS, row as u32]);
            batch.extend(moved(&pictures.read(number..number + 1), self.shape, [down, right]));
            classes[row * labels.classes + labels.of[number] as usize] = 1.0;
        }
        self.engine.upload(&self.model.x, &centred(&batch, self.shape))?;
        self.engine.upload(&self.model.classes, &classes)?;
        self.engine.upload(&self.model.dials, &[rate; 2])?;
        self.engine.submit(&Work { runs: self.model.update.runs().into(), times: 1, ..Work::default() })?;
        self.engine.collect(true)?;
        Ok(())
    }

    /// How many pictures it says the right class of.
    fn right(&mut self, pictures: Points, classes: impl Iterator<Item = u32>) -> Result<usize, EvalError> {
        let logits = self.look(pictures, |model| &model.logits)?;
        let of = logits.chunks_exact(self.model.logits.shape[1]);
        let said = of.map(|logits| (0..logits.len()).max_by(|a, b| logits[*a].total_cmp(&logits[*b])));
        Ok(said.zip(classes).filter(|(said, class)| *said == Some(*class as usize)).count())
    }

    /// What its features are called: by a hash of the weights that they are computed with.
    ///
    /// # Errors
    /// [`EvalError::Engine`].
    pub fn name(&mut self) -> Result<String, EvalError> {
        let mut weights = Vec::new();
        for tensor in self.model.body.weights.tensors() {
            weights.extend(self.engine.download(tensor)?);
        }
        Ok(features::name("classifier", FEATURES, weights.into_iter().map(f64::from)))
    }

    /// Features `[count, FEATURES]` of pictures with pixels in [0, 1].
    ///
    /// # Errors
    /// [`EvalError::Engine`].
    pub fn features(&mut self, pictures: Points) -> Result<Vec<f32>, EvalError> {
        self.look(pictures, |model| &model.features)
    }

    /// A row of values per picture.
    fn look(&mut self, pictures: Points, values: fn(&models::Classifier) -> &Tensor) -> Result<Vec<f32>, EvalError> {
        let tensor = values(&self.model).clone();
        let mut all = Vec::with_capacity(pictures.count * tensor.shape[1]);
        for range in pictures.blocks(BATCH) {
            let Range { start, end } = range;
            self.engine.upload_start(&self.model.x, &centred(&pictures.read(range), self.shape))?;
            self.engine.submit(&Work { runs: vec![self.model.look], times: 1, reads: vec![tensor.clone()], ..Work::default() })?;
            if let Some(done) = self.engine.collect(true)? {
                all.extend(&done.reads[0][..(end - start) * tensor.shape[1]]);
            }
        }
        Ok(all)
    }
}

/// A picture `[channels, height, width]` moved down and to the right by what the random bits say; beyond its borders they go on.
fn moved(picture: &[f32], [channels, height, width]: [usize; 3], bits: [u32; 2]) -> Vec<f32> {
    let from = |bits: u32, side: usize| -> Vec<usize> {
        let reach = side / MOVED;
        let shift = bits as usize % (2 * reach + 1);
        (0..side).map(|at| (at + shift).saturating_sub(reach).min(side - 1)).collect()
    };
    let (rows, columns) = (from(bits[0], height), from(bits[1], width));
    let places = (0..channels).flat_map(|channel| rows.iter().map(move |row| (channel * height + row) * width));
    places.flat_map(|line| columns.iter().map(move |column| picture[line + column])).collect()
}

/// Pictures as the network has them: values from -1 to 1, the channels of a pixel side by side.
fn centred(pictures: &[f32], shape: [usize; 3]) -> Vec<f32> {
    let mut values = Extent::from(shape).interleaved(pictures);
    values.iter_mut().for_each(|value| *value = 2.0 * *value - 1.0);
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_of_any_size_have_features() {
        for shape in [[1, 28, 28], [3, 32, 32], [1, 6, 6], [3, 7, 200], [1, 1, 9], [3, 1, 40], [1, 65, 33]] {
            let optimizer = Optimizer::Sgd { momentum: 0.0, momentum_final: 0.0 };
            let spec = ClassifierSpec { features: layers(shape), image: shape.into(), classes: 3, batch: 2, optimizer };
            let model = models::Classifier::build(&spec);
            assert_eq!(model.map(|model| model.features.shape).ok(), Some(vec![2, FEATURES]), "{shape:?}");
        }
        assert_eq!(layers([1, 28, 28]).len(), 7);
    }

    #[test]
    fn pictures_are_moved_within_their_borders() {
        let picture: Vec<f32> = (0..2 * 14 * 28).map(|i| i as f32).collect();
        let at = |channel: usize, row: usize, column: usize| ((channel * 14 + row) * 28 + column) as f32;
        assert_eq!(moved(&picture, [2, 14, 28], [1, 2]), picture);
        // One up and two to the left: the last row is repeated, and so is the last column.
        let found = moved(&picture, [2, 14, 28], [2, 4]);
        assert_eq!([found[0], found[27], found[13 * 28], found[14 * 28]], [at(0, 1, 2), at(0, 1, 27), at(0, 13, 2), at(1, 1, 2)]);
        let found = moved(&picture, [2, 14, 28], [0, 0]);
        assert_eq!([found[0], found[2], found[3], found[29]], [0.0, 0.0, 1.0, 0.0]);
    }
}
