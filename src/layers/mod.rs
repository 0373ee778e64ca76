//! Layers: functions from an expression to an expression, with the parameters and state that they need.

mod activation;
mod batch_norm;
mod conv;
mod dropout;
mod linear;
pub mod list;
mod maxout;
mod minibatch_stddev;
mod norm;
mod resample;
mod reshape;
mod residual;
mod spectral_norm;

use crate::{
    graph::{Graph, Var},
    ops::pointwise::{Activation, FUNCTIONS},
};
use std::{borrow::Cow, fmt::Debug};

/// What a row holds: a picture `[height, width, channels]`, or, one pixel large, as many values as it has channels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Extent {
    /// Rows of pixels.
    pub height: usize,
    /// Pixels in a row.
    pub width: usize,
    /// Values of a pixel.
    pub channels: usize,
}

impl Extent {
    /// So many values in no order.
    pub fn values(count: usize) -> Extent {
        Extent { height: 1, width: 1, channels: count }
    }

    /// Values per row.
    pub fn len(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// True where there is nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Pixels.
    pub fn pixels(&self) -> usize {
        self.height * self.width
    }

    /// Pictures as layers have them, the channels of each pixel side by side, with a plane per channel, as data sets and files have them.
    pub fn planar(&self, pictures: &[f32]) -> Vec<f32> {
        let mut planar = Vec::with_capacity(pictures.len());
        for picture in pictures.chunks_exact(self.len()) {
            for channel in 0..self.channels {
                planar.extend(picture[channel..].iter().step_by(self.channels));
            }
        }
        planar
    }

    /// The other way round.
    pub fn interleaved<T: Copy>(&self, pictures: &[T]) -> Vec<T> {
        let mut interleaved = Vec::with_capacity(pictures.len());
        for picture in pictures.chunks_exact(self.len()) {
            for pixel in 0..self.pixels() {
                interleaved.extend(picture[pixel..].iter().step_by(self.pixels()));
            }
        }
        interleaved
    }
}

impl From<usize> for Extent {
    fn from(count: usize) -> Extent {
        Extent::values(count)
    }
}

impl From<[usize; 3]> for Extent {
    /// From channels, height and width; a single line of one channel is taken for values in no order.
    fn from([channels, height, width]: [usize; 3]) -> Extent {
        if (channels, height) == (1, 1) { Extent::values(width) } else { Extent { height, width, channels } }
    }
}

impl std::fmt::Display for Extent {
    /// `64`, or `64 of 7 x 5` for a picture of 64 channels, 7 high and 5 wide.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Extent { height, width, channels } = self;
        if self.pixels() == 1 { write!(f, "{channels}") } else { write!(f, "{channels} of {height} x {width}") }
    }
}

/// How the values of a tensor start, unless a person chooses otherwise.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Initial {
    /// Uniform in (-bound, bound).
    Uniform(f32),
    /// All the same, whatever a person chooses.
    Constant(f32),
    /// Normal with this standard deviation, whatever a person chooses.
    Normal(f32),
}

/// A parameter or state tensor of a layer.
pub struct ParameterSpec {
    /// `weight` or `bias`; of state, `running_mean` or `running_var`.
    pub name: Cow<'static, str>,
    /// Extents.
    pub shape: Vec<usize>,
    /// Initial values.
    pub initial: Initial,
    /// Inputs that an output sums over, on average.
    pub fan_in: f32,
    /// Where it stands in a residual layer, if it does.
    pub branch: Option<Branch>,
}

/// The place of a parameter in the branch of a residual layer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Branch {
    /// Layers with weights in the branch.
    pub layers: usize,
    /// Whether it belongs to the last of them.
    pub last: bool,
}

impl ParameterSpec {
    /// One that stands in no residual layer.
    pub fn new(name: &'static str, shape: Vec<usize>, initial: Initial, fan_in: f32) -> ParameterSpec {
        ParameterSpec { name: name.into(), shape, initial, fan_in, branch: None }
    }

    /// True for the bias of its layer.
    pub fn is_bias(&self) -> bool {
        self.name.rsplit('.').next() == Some("bias")
    }
}

/// What a forward pass is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pass {
    /// Images to be looked at: each row depends on itself alone, and no state changes.
    Sampling,
    /// A loss and its gradients.
    Training {
        /// Equal parts of the batch that take statistics of their own, one after another: 2 where real images come before generated ones.
        groups: usize,
        /// True in the update of the net itself, which alone changes its state.
        own: bool,
    },
}

/// A dropout mask that a pass needs drawn.
#[derive(Clone, Copy, Debug)]
pub struct Mask<'g> {
    /// The mask `[rows, inputs]`: 0, or 1/keep.
    pub leaf: Var<'g>,
    /// Probability to keep an input.
    pub keep: f32,
    /// Position of its layer in the list.
    pub layer: usize,
}

/// What a pass leaves besides its output: its dropout masks, and state that moves. Once made, [`Masks::rewind`] lets another pass over the same inputs use them again.
#[derive(Default, Debug)]
pub struct Masks<'g> {
    made: Vec<Mask<'g>>,
    next: usize,
    moved: Vec<(Var<'g>, Var<'g>)>,
}

impl<'g> Masks<'g> {
    /// All that were made, in the order of their layers.
    pub fn made(&self) -> &[Mask<'g>] {
        &self.made
    }

    /// Hands the same masks out again.
    pub fn rewind(&mut self) {
        self.next = 0;
    }

    /// State that the pass of the net's own update moves, each with its new value.
    pub fn moved(&self) -> &[(Var<'g>, Var<'g>)] {
        &self.moved
    }

    fn move_state(&mut self, state: Var<'g>, to: Var<'g>) {
        // Another pass over the same inputs finds the same value.
        if self.moved.iter().all(|(known, _)| known.id() != state.id()) {
            self.moved.push((state, to));
        }
    }

    fn next(&mut self, make: impl FnOnce() -> Mask<'g>) -> Var<'g> {
        if self.next == self.made.len() {
            self.made.push(make());
        }
        self.next += 1;
        self.made[self.next - 1].leaf
    }
}

/// What a layer finds where it is applied.
pub struct Scope<'a, 'g> {
    /// The graph.
    pub graph: &'g Graph,
    /// Name of the pass and position of the layer, for names of values: `D`, 2.
    pub place: (&'a str, usize),
    /// Parameters in the order of [`Layer::parameters`], weights `[outputs, inputs]`, all else `[1, values]`.
    pub parameters: &'a [Var<'g>],
    /// State in the order of [`Layer::state`], `[1, values]`.
    pub state: &'a [Var<'g>],
    /// What a row of its input holds.
    pub input: Extent,
    /// What the pass is for.
    pub pass: Pass,
    /// Masks of the pass.
    pub masks: &'a mut Masks<'g>,
    /// Whether the layer stands within another one.
    pub nested: bool,
}

/// Masks of layers within others are numbered from here on, in the order in which they are drawn.
const NESTED: usize = 0x200;

impl<'g> Scope<'_, 'g> {
    /// x with a row per picture `[rows, values]`.
    fn rows(&self, x: Var<'g>) -> Var<'g> {
        let len = self.input.len();
        x.reshape([x.rows() * x.columns() / len, len])
    }

    /// x with a row per pixel `[pixels, channels]`.
    fn pixels(&self, x: Var<'g>) -> Var<'g> {
        x.reshape([x.rows() * x.columns() / self.input.channels, self.input.channels])
    }

    /// A dropout mask for x.
    fn mask(&mut self, keep: f32, shape: [usize; 2]) -> Var<'g> {
        let ((pass, layer), graph) = (self.place, self.graph);
        let layer = if self.nested { NESTED + self.masks.next } else { layer };
        self.masks.next(|| Mask { leaf: graph.leaf(&format!("{pass}/mask.{layer}"), shape), keep, layer })
    }
}

/// A layer.
pub trait Layer: Send + Sync + Debug {
    /// As it would stand in a layer list.
    fn describe(&self) -> String;

    /// What a row of its output holds.
    ///
    /// # Errors
    /// Why it cannot take such an input.
    fn output(&self, input: Extent) -> Result<Extent, String> {
        Ok(input)
    }

    /// Its parameters.
    fn parameters(&self, _input: Extent) -> Vec<ParameterSpec> {
        Vec::new()
    }

    /// Tensors that training changes though no gradient does, such as running statistics. They go wherever weights go:
    /// into checkpoints and averages.
    fn state(&self, _input: Extent) -> Vec<ParameterSpec> {
        Vec::new()
    }

    /// True where a row of the output depends on other rows of a training batch: then the batch needs two rows at least, and
    /// there is no gradient by one image alone.
    fn mixes_rows(&self) -> bool {
        false
    }

    /// True where training leaves out inputs at random.
    fn drops_inputs(&self) -> bool {
        false
    }

    /// The function that it is, if it is one.
    fn activation(&self) -> Activation {
        Activation::identity()
    }

    /// Its output for x, which has a row per picture or per pixel.
    fn apply<'g>(&self, scope: &mut Scope<'_, 'g>, x: Var<'g>) -> Var<'g>;
}

/// Reads the words behind a layer's name.
pub type ParseLayer = fn(words: &[&str], image: Extent) -> Result<Box<dyn Layer>, String>;

/// A row of the table of layers.
pub struct LayerKind {
    /// First word in a layer list.
    pub name: &'static str,
    /// How it is written.
    pub usage: &'static str,
    /// Makes the layer from the words behind the name; `image` is what an image of the data holds.
    pub parse: ParseLayer,
}

/// All layers but the activations, which [`FUNCTIONS`] lists.
pub static LAYERS: &[LayerKind] = &[
    LayerKind { name: "linear", usage: "linear UNITS (or: linear image, or: linear CHANNELS image/4)", parse: linear::parse },
    LayerKind { name: "dropout", usage: "dropout PROBABILITY", parse: dropout::parse },
    LayerKind {
        name: "batch_norm",
        usage: "batch_norm (or: batch_norm EPSILON, or: batch_norm EPSILON MOMENTUM)",
        parse: batch_norm::parse,
    },
    LayerKind { name: "group_norm", usage: "group_norm GROUPS (or: group_norm GROUPS EPSILON)", parse: norm::parse_group },
    LayerKind { name: "layer_norm", usage: "layer_norm (or: layer_norm EPSILON)", parse: norm::parse_layer },
    LayerKind { name: "instance_norm", usage: "instance_norm (or: instance_norm EPSILON)", parse: norm::parse_instance },
    LayerKind { name: "pixel_norm", usage: "pixel_norm (or: pixel_norm EPSILON)", parse: norm::parse_pixel },
    LayerKind { name: "minibatch_stddev", usage: "minibatch_stddev (or: minibatch_stddev IMAGES)", parse: minibatch_stddev::parse },
    LayerKind {
        name: "conv",
        usage: "conv CHANNELS|image KERNEL (then, as wanted: stride S, pad P, groups G, no_bias)",
        parse: conv::parse,
    },
    LayerKind {
        name: "conv_transpose",
        usage: "conv_transpose CHANNELS|image KERNEL (then, as wanted: stride S, pad P, output_pad O, groups G, no_bias)",
        parse: conv::parse_transposed,
    },
    LayerKind { name: "up", usage: "up nearest|bilinear|blur (or, by another factor than 2: up nearest 3)", parse: resample::parse_up },
    LayerKind {
        name: "down",
        usage: "down mean|sum|blur (or, by another factor than 2: down mean 4; or to one pixel: down mean all)",
        parse: resample::parse_down,
    },
    LayerKind { name: "residual", usage: "residual [LAYERS] (or: residual [LAYERS] skip [LAYERS])", parse: residual::parse },
    LayerKind { name: "reshape", usage: "reshape CHANNELS HEIGHT WIDTH (or: reshape CHANNELS image/4)", parse: reshape::parse },
    LayerKind { name: "flatten", usage: "flatten", parse: reshape::parse_flatten },
    LayerKind { name: "maxout", usage: "maxout UNITS x PIECES", parse: maxout::parse },
];

/// True for what [`part_of`] reads.
fn is_part(text: &str) -> bool {
    text == "start" || text.starts_with("image")
}

/// Reads `start`, for the size at which a generator begins, `image`, or `image/4` for a picture a fourth as high and wide as those of the data.
fn part_of(text: &str, image: Extent) -> Result<Extent, String> {
    if text == "start" {
        return Ok(list::start(image));
    }
    let divisor = match text.strip_prefix("image") {
        Some("") => Some(1),
        Some(rest) => rest.strip_prefix('/').and_then(|number| number.parse::<usize>().ok()).filter(|divisor| *divisor > 0),
        None => None,
    };
    let divisor = divisor.ok_or_else(|| format!("'{text}' is not a size such as image/4 or start"))?;
    let Extent { height, width, channels } = image;
    if image.pixels() == 1 && divisor > 1 {
        return Err("the data are no pictures, which alone have halves; take linear layers".into());
    }
    if !height.is_multiple_of(divisor) || !width.is_multiple_of(divisor) {
        return Err(format!("images are {width} wide and {height} high, which {divisor} does not divide; choose another size of images"));
    }
    Ok(Extent { height: height / divisor, width: width / divisor, channels })
}

/// Reads one entry of a layer list, such as `linear 256` or `leaky_relu 0.2`. `image` is what an image of the data
/// holds.
///
/// # Errors
/// What is wrong with it and what would be right.
pub fn parse(text: &str, image: Extent) -> Result<Box<dyn Layer>, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let Some((&name, rest)) = words.split_first() else {
        return Err("an empty entry; write a layer there, such as linear 256, or remove the comma".into());
    };
    if let Some(kind) = LAYERS.iter().find(|k| k.name == name) {
        return match rest {
            [rest @ .., "spectral_norm"] => (kind.parse)(rest, image).and_then(spectral_norm::of),
            _ => (kind.parse)(rest, image),
        }
        .map_err(|e| format!("{e}; write: {}", kind.usage));
    }
    let activations = FUNCTIONS.iter().filter(|f| f.layer);
    if let Some(kind) = activations.clone().find(|k| k.name == name) {
        return activation::parse(kind, rest);
    }
    let known: Vec<&str> = LAYERS.iter().map(|k| k.usage).chain(activations.map(|k| k.name)).collect();
    Err(format!("no layer is called '{name}'; there are: {}", known.join(", ")))
}
