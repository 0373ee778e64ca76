//! All scores of a set of samples, and the table of them.

use super::{
    Classifier, Distances, Diversity, EvalError, InSpace, Labels, Modes, Neighbours, Parzen, Points, Principal, Skill, Swd, classifier,
    diversity::{self, diversity},
    features, modes,
    neighbours::neighbours,
    parzen::{self, parzen},
    swd::{self, swd},
};
use crate::{data::Point, engine::devices, ops::batch::order};

/// Fewer samples are refused: covariances and shares of a hundredth mean nothing then.
pub const LEAST_SAMPLES: usize = 1000;

/// Images that were not trained on.
#[derive(Clone, Copy, Default)]
pub struct Held<'a> {
    /// To choose sigma by.
    pub valid: Option<Points<'a>>,
    /// To measure on.
    pub test: Option<Points<'a>>,
    /// Both.
    pub all: Option<Points<'a>>,
}

/// Images that are compared picture by picture: what they hold, and how many count.
#[derive(Clone, Copy, Debug)]
pub struct Pictures<'a> {
    /// Channels, height and width.
    pub shape: [usize; 3],
    /// Those of the training images, where they have any.
    pub labels: Option<Labels<'a>>,
    /// How many count.
    pub counts: Counts,
}

/// How many images are compared, at most; 0 leaves a score out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Counts {
    /// Of each set, for the sliced Wasserstein distance.
    pub swd: usize,
    /// Of each set, in spaces of features.
    pub features: usize,
    /// Updates of the classifier.
    pub classifier_steps: usize,
}

impl Default for Counts {
    /// Together half a minute of a core for 10,000 images of 32 x 32 pixels in colour.
    fn default() -> Counts {
        Counts { swd: 2048, features: 10_000, classifier_steps: classifier::STEPS }
    }
}

/// Fewer images of each set are refused where the training images are compared by halves.
pub const LEAST_HALF: usize = 100;

/// Seed of what a score draws: halves, patches, directions, subsets, the classifier. The same always, so that scores compare.
const SEED: u32 = 0;

/// Scores of samples, and of real images in the same way.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Parzen log-likelihood; needs validation and test images.
    pub parzen: Option<Parzen>,
    /// That of training images as if they were samples.
    pub parzen_real: Option<Parzen>,
    /// Mode coverage, where the data are a known distribution with modes.
    pub modes: Option<Modes>,
    /// That of fresh points of the distribution.
    pub modes_real: Option<Modes>,
    /// Fréchet distance to the training data in their principal components.
    pub frechet: Option<f64>,
    /// That of the held-out images.
    pub frechet_real: Option<f64>,
    /// Sliced Wasserstein distance to half of the training images.
    pub swd: Option<Swd>,
    /// That of the other half.
    pub swd_real: Option<Swd>,
    /// Against half of the training images in their principal components, samples and the other half.
    pub pca: Option<InSpace>,
    /// In the features of a classifier, where the images have labels.
    pub classifier: Option<InSpace>,
    /// How good that classifier is.
    pub skill: Option<Skill>,
    /// Distances among the samples.
    pub diversity: Option<Diversity>,
    /// Distances among the held-out images.
    pub diversity_real: Option<Diversity>,
    /// Distances to training images.
    pub neighbours: Option<Neighbours>,
    /// Whether the training data hardly differ from one another: what is measured against their spread says little then.
    pub alike: bool,
    /// What to keep in mind about these numbers.
    pub caveats: Vec<String>,
}

/// Root mean square difference per value of training images in [0, 1] below which they are nearly alike: 2 of 255.
const ALIKE: f64 = 2.0 / 255.0;

/// The scores that are measured against the spread of the training data.
const OF_SPREAD: [&str; 7] = ["swd", "frechet_pca", "kid_pca", "frechet_classifier", "kid_classifier", "diversity", "nearest_ratio"];

/// A row of the table of scores.
pub struct Score {
    /// Name in JSON and in the table.
    pub key: &'static str,
    /// Decimals to show.
    pub decimals: usize,
    /// What it says, in a line.
    pub help: &'static str,
    /// Of the samples.
    pub value: fn(&Report) -> Option<f64>,
    /// Of real data.
    pub real: fn(&Report) -> Option<f64>,
}

/// A score in a space of features.
macro_rules! in_space {
    ($space:ident, $key:literal, $decimals:literal, $help:literal, $($value:ident).+) => {
        Score {
            key: $key,
            decimals: $decimals,
            help: $help,
            value: |r| r.$space.as_ref().map(|space| space.samples.$($value).+),
            real: |r| r.$space.as_ref().map(|space| space.real.$($value).+),
        }
    };
}

/// Every score.
pub static SCORES: [Score; 22] = [
    Score {
        key: "parzen",
        decimals: 1,
        help: "log-likelihood of test images in nats, higher is better (real: training images as samples)",
        value: |r| r.parzen.as_ref().map(|p| p.log_likelihood),
        real: |r| r.parzen_real.as_ref().map(|p| p.log_likelihood),
    },
    Score {
        key: "parzen_se",
        decimals: 1,
        help: "its standard error",
        value: |r| r.parzen.as_ref().map(|p| p.standard_error),
        real: |r| r.parzen_real.as_ref().map(|p| p.standard_error),
    },
    Score {
        key: "sigma",
        decimals: 4,
        help: "width of its windows, chosen on validation images",
        value: |r| r.parzen.as_ref().map(|p| p.sigma),
        real: |r| r.parzen_real.as_ref().map(|p| p.sigma),
    },
    Score {
        key: "modes",
        decimals: 0,
        help: "modes with at least one sample of high quality",
        value: |r| r.modes.as_ref().map(|m| m.modes as f64),
        real: |r| r.modes_real.as_ref().map(|m| m.modes as f64),
    },
    Score {
        key: "high_quality",
        decimals: 3,
        help: "share of samples within 3 sigma of a mode",
        value: |r| r.modes.as_ref().map(|m| m.high_quality),
        real: |r| r.modes_real.as_ref().map(|m| m.high_quality),
    },
    Score {
        key: "reverse_kl",
        decimals: 3,
        help: "how unevenly they spread over the modes, in nats: 0 is evenly",
        value: |r| r.modes.as_ref().and_then(|m| m.reverse_kl),
        real: |r| r.modes_real.as_ref().and_then(|m| m.reverse_kl),
    },
    Score {
        key: "swd",
        decimals: 2,
        help: "sliced Wasserstein distance of 7 x 7 patches, times 1000, mean over the sizes: 0 is perfect",
        value: |r| r.swd.as_ref().map(Swd::average),
        real: |r| r.swd_real.as_ref().map(Swd::average),
    },
    Score {
        key: "frechet_pca",
        decimals: 4,
        help: "distance of the distributions in the first 64 principal components: 0 is perfect, about 1 is noise",
        value: |r| r.frechet,
        real: |r| r.frechet_real.or(r.pca.as_ref().map(|space| space.real.frechet)),
    },
    in_space!(pca, "kid_pca", 5, "kernel distance there: 0 is perfect, whatever the number of images", kid.mean),
    in_space!(pca, "precision_pca", 3, "share of samples among real images there: quality", overlap.precision),
    in_space!(pca, "recall_pca", 3, "share of real images among samples there: variety", overlap.recall),
    in_space!(pca, "density_pca", 3, "how many real images a sample is close to there: 1 is right", overlap.density),
    in_space!(pca, "coverage_pca", 3, "share of real images with a sample close by there: 0.97 is right", overlap.coverage),
    in_space!(
        classifier,
        "frechet_classifier",
        4,
        "distance of the distributions in the features of a classifier of the labels: 0 is perfect",
        frechet
    ),
    in_space!(classifier, "kid_classifier", 5, "kernel distance there", kid.mean),
    in_space!(classifier, "precision_classifier", 3, "quality there", overlap.precision),
    in_space!(classifier, "recall_classifier", 3, "variety there", overlap.recall),
    in_space!(classifier, "density_classifier", 3, "1 is right", overlap.density),
    in_space!(classifier, "coverage_classifier", 3, "0.97 is right", overlap.coverage),
    Score {
        key: "diversity",
        decimals: 3,
        help: "mean distance between two samples over that of training data: 1 is right, 0 is collapse",
        value: |r| r.diversity.as_ref().map(|d| d.ratio),
        real: |r| r.diversity_real.as_ref().map(|d| d.ratio),
    },
    Score {
        key: "duplicates",
        decimals: 3,
        help: "share of samples that nearly repeat another; 0.01 of training data do",
        value: |r| r.diversity.as_ref().map(|d| d.duplicates),
        real: |r| r.diversity_real.as_ref().map(|d| d.duplicates),
    },
    Score {
        key: "nearest_ratio",
        decimals: 3,
        help: "median distance to the nearest training data over that of real data: well below 1 is memorisation",
        value: |r| r.neighbours.as_ref().map(Neighbours::ratio),
        real: |r| r.neighbours.as_ref().map(|_| 1.0),
    },
];

/// The device, for enough samples; `protocol` is the number that the published protocol takes.
fn open(device: &devices::Choice, samples: Points, train: Points, protocol: usize) -> Result<Distances, EvalError> {
    if samples.count < LEAST_SAMPLES {
        return Err(EvalError::TooFew { found: samples.count, protocol, least: LEAST_SAMPLES });
    }
    Distances::open(device, samples.width, samples.count.max(train.count))
}

/// Measures `samples`, images with pixels in [0, 1], against the training images and those that were held out.
///
/// # Errors
/// [`EvalError`]; a score for which only images are missing is left out instead.
pub fn measure(device: &devices::Choice, samples: Points, train: Points, held: Held, pictures: &Pictures) -> Result<Report, EvalError> {
    let mut distances = open(device, samples, train, parzen::SAMPLES)?;
    let mut report = Report::default();
    if let (Some(valid), Some(test)) = (held.valid, held.test) {
        report.parzen = Some(parzen(&mut distances, samples, valid, test)?);
        report.parzen_real = Some(parzen(&mut distances, train.first(parzen::SAMPLES), valid, test)?);
    }
    let space = report.compare(&mut distances, samples, train, held.all)?;
    let some = train.first(diversity::MOST);
    report.alike = some.count > 1 && distances.mean_distance(some)? < ALIKE * (train.width as f64).sqrt();
    report.compare_halves(device, samples, train, space.as_ref(), pictures)?;
    report.caveats.extend(report.senseless());
    report.caveats.extend(caveats(&report, samples.count, held));
    Ok(report)
}

/// Measures `samples`, points of a known distribution as they are, against those trained on, and as many `fresh` ones of the
/// distribution itself, which score as a perfect generator's. `modes` are the centres of Gaussians that lie apart, and the standard
/// deviation around each; none where there are no modes to be counted.
///
/// # Errors
/// [`EvalError`].
pub fn measure_points(
    device: &devices::Choice,
    samples: Points,
    train: Points,
    fresh: Points,
    modes: Option<(&[Point], f64)>,
) -> Result<Report, EvalError> {
    let mut distances = open(device, samples, train, modes::SAMPLES)?;
    let mut report = Report::default();
    report.compare(&mut distances, samples, train, Some(fresh))?;
    let n = samples.count;
    if let Some((centres, sigma)) = modes {
        [report.modes, report.modes_real] = [samples, fresh].map(|points| Some(modes::modes(points, centres, sigma)));
        report.caveats.push(
            "modes: papers differ in radius and number of samples; compare within one protocol only (here that of Lin et al. 2018).".into(),
        );
        if n != modes::SAMPLES {
            report.caveats.push(format!("modes: {n} samples, the published protocol takes {}; more reach more modes.", modes::SAMPLES));
        }
    }
    report.caveats.extend(report.senseless());
    report.caveats.push(format!("frechet_pca: biased by the number of points, {n} samples here; compare equal numbers only."));
    report.caveats.push("parzen: not for points, whose density is known; its windows would be wider than many a mode.".into());
    if let Some(Neighbours { copies, .. }) = report.neighbours.as_ref().filter(|neighbours| neighbours.copies > 0) {
        report.caveats.push(format!("{copies} samples are training points, to the last bit."));
    }
    Ok(report)
}

impl Report {
    /// Why a score says nothing or little, where that is so: what stands beside it.
    pub fn doubt(&self, score: &Score) -> Option<&'static str> {
        let values = [(score.value)(self), (score.real)(self)];
        if values.iter().flatten().any(|value| !value.is_finite()) {
            return Some("* is no number: what is compared is all alike");
        }
        let little = self.alike && OF_SPREAD.contains(&score.key) && values[0].is_some();
        little.then_some("says little: the training images are nearly alike, and it is relative to how they differ")
    }

    /// The doubts as caveats.
    fn senseless(&self) -> Vec<String> {
        SCORES.iter().filter_map(|score| Some(format!("{}: {}.", score.key, self.doubt(score)?.replace("* is", "it is")))).collect()
    }

    /// The scores that images and points share: of `samples` against `train`, and of what was `held` out. Gives the principal components.
    fn compare(
        &mut self,
        distances: &mut Distances,
        samples: Points,
        train: Points,
        held: Option<Points>,
    ) -> Result<Option<Principal>, EvalError> {
        self.diversity = Some(diversity(distances, samples, train)?);
        self.neighbours = Some(neighbours(distances, samples, train, held)?);
        let held = held.filter(|held| held.count > 1);
        if let Some(held) = held {
            self.diversity_real = Some(diversity(distances, held, train)?);
        }
        match Principal::of(train) {
            Ok(space) => {
                self.frechet = Some(space.distance(samples)?);
                self.frechet_real = held.map(|held| space.distance(held)).transpose()?;
                Ok(Some(space))
            }
            Err(error @ EvalError::TooWide { .. }) => {
                self.caveats.push(format!("no frechet_pca: {error}"));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The scores whose value for real images depends on how many are compared: a random half of the training images is compared with
    /// as many samples, and with as many of the other half.
    fn compare_halves(
        &mut self,
        device: &devices::Choice,
        samples: Points,
        train: Points,
        space: Option<&Principal>,
        pictures: &Pictures,
    ) -> Result<(), EvalError> {
        let Pictures { shape, labels, counts } = *pictures;
        let half = (train.count / 2).min(samples.count);
        if half < LEAST_HALF {
            let n = train.count;
            self.caveats.push(format!(
                "no swd, kid, precision, recall, density or coverage: they compare halves of the training images, of which there are {n}; \
                 {} or more are needed.",
                2 * LEAST_HALF
            ));
            return Ok(());
        }
        let mut numbers = vec![0; train.count];
        order(SEED, 0, train.count as u32, &mut numbers);
        let (one, other) = numbers.split_at(train.count / 2);
        let sets = |most: usize| {
            let n = half.min(most);
            [train.picked(&one[..n]), train.picked(&other[..n]), samples.first(n)]
        };
        match shape {
            _ if counts.swd == 0 => {}
            [_, height, width] if height.min(width) < swd::SIDE => {
                let side = swd::SIDE;
                self.caveats.push(format!("no swd: images of {width}x{height} are smaller than its patches of {side}x{side}."));
            }
            _ => {
                let [reference, real, samples] = sets(counts.swd);
                let [samples, real] = swd(reference, [samples, real], shape, SEED);
                (self.swd, self.swd_real) = (Some(samples), Some(real));
            }
        }
        let sets = sets(counts.features);
        if counts.features == 0 {
            return Ok(());
        }
        if let Some(space) = space {
            let name = features::name("pca", space.components(), space.parameters());
            let features = sets.map(|set| space.project(set).flatten().map(|value| value as f32).collect());
            self.pca = self.said(features::compare(device, name, space.components(), features, SEED)?, "principal components");
        }
        match labels {
            _ if counts.classifier_steps == 0 => {}
            None => self.caveats.push("no scores of a classifier: the training images have no labels.".into()),
            Some(labels) => match Classifier::train(device, train, shape, labels, counts.classifier_steps, SEED)? {
                None => self.caveats.push(format!(
                    "no scores of a classifier: fewer than {} training images have a label, or all the same one.",
                    classifier::LEAST
                )),
                Some((mut trained, skill)) => {
                    let mut features: [Vec<f32>; 3] = Default::default();
                    for (features, set) in features.iter_mut().zip(sets) {
                        *features = trained.features(set)?;
                    }
                    let found = features::compare(device, trained.name()?, classifier::FEATURES, features, SEED)?;
                    self.classifier = self.said(found, "features of the classifier");
                    self.skill = Some(skill);
                }
            },
        }
        Ok(())
    }

    /// What was found; where it is nothing, that is said.
    fn said(&mut self, found: Option<InSpace>, space: &str) -> Option<InSpace> {
        if found.is_none() {
            self.caveats.push(format!("no scores in the {space}: those of the real images do not differ, or are no numbers."));
        }
        found
    }
}

/// What the literature says about these numbers, and where this measurement departs from the published protocol.
fn caveats(report: &Report, samples: usize, held: Held) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(parzen) = &report.parzen {
        lines.push(
            "parzen: Theis et al. 2015 (arXiv 1511.01844) advise against these estimates: k-means centroids score above real images. \
             Compare them within this protocol only."
                .to_owned(),
        );
        if parzen.at_edge {
            let sigma = parzen.sigma;
            lines.push(format!(
                "parzen: sigma = {sigma} is at the edge of the grid of 0.1 to 1, so the best one may lie outside: the samples hardly \
                 resemble the data, or their range is wrong."
            ));
        }
        let test = held.test.map_or(0, |test| test.count);
        let published = [
            ("samples", samples, parzen::SAMPLES),
            ("validation images", parzen.valid, parzen::CHOSEN_BY),
            ("test images", test, parzen::TEST),
        ];
        for (what, found, published) in published.into_iter().filter(|(_, found, published)| found != published) {
            lines
                .push(format!("parzen: {found} {what}, the published protocol takes {published}; do not set it beside published numbers."));
        }
    }
    if report.frechet.is_some() {
        lines.push(format!("frechet_pca: biased by the number of images, {samples} samples here; compare equal numbers only."));
    }
    if let Some(swd) = report.swd.as_ref().filter(|swd| swd.pictures != swd::PUBLISHED) {
        let (n, published) = (swd.pictures, swd::PUBLISHED);
        lines.push(format!(
            "swd: {n} images of each set, the published protocol takes {published}; fewer lie further apart, real ones too."
        ));
    }
    for space in [&report.pca, &report.classifier].into_iter().flatten() {
        let InSpace { name, features, points, .. } = space;
        if space.few() {
            lines.push(format!("{name}: {points} images for {features} features are few; those of ten per feature say more."));
        }
    }
    if let Some(InSpace { name, .. }) = &report.classifier {
        lines.push(format!("{name}: a classifier of these labels alone; compare only scores in features of this very name."));
    }
    if let Some(neighbours) = &report.neighbours {
        lines
            .push("nearest_ratio: weak evidence alone (Theis et al. 2015): a training image shifted by a pixel is far from itself.".into());
        if held.all.is_none() {
            lines.push("nearest_ratio: no image was held out; measured against training images, each to its nearest other one.".into());
        }
        if neighbours.in_training > 0 {
            let n = neighbours.in_training;
            lines.push(format!("{n} of the held-out images are training images too: these scores flatter the generator."));
        }
        if neighbours.copies > 0 {
            lines.push(format!("{} samples are training images, to the last bit.", neighbours.copies));
        }
    }
    lines
}
