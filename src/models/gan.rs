//! The GAN as a plan: its updates, previews, and the tensors that the host reads and writes.

use super::{
    augmentation::Augmentation,
    landscape::Landscape,
    model::{Column, Model, Plot, Update},
    network::{Network, NetworkError, ParameterSet},
    networks::{image_range, networks},
    player::Player,
    schedule::Schedule,
    shown::{Shown, show},
    spec::GanSpec,
    updates::{Game, METRICS_G, Updates, column_g},
};
use crate::{
    graph::{Graph, lower::LowerError},
    ops::{
        State,
        batch::{self, Source},
    },
    plan::{Element, Plan, PlanError, SequenceId, Tensor},
};

/// Why a GAN cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A layer list is wrong.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The plan does not come out, for its size.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The model's expressions do not come out.
    #[error(transparent)]
    Lower(#[from] LowerError),
}

/// A GAN: its plan, and the tensors that the host reads and writes.
pub struct Gan {
    /// The plan, to be given to an engine.
    pub plan: Plan,
    /// Its expressions.
    pub graph: Graph,
    /// Elements of shared memory, and how many there would be without sharing.
    pub shared: (usize, usize),
    /// One update of D; under the simultaneous schedule only made by hand.
    pub update_d: Update,
    /// One update of G, and with it a step; under the simultaneous schedule only made by hand.
    pub update_g: Update,
    /// One update of both, under the simultaneous schedule.
    pub update_both: Option<Update>,
    /// Generates the preview and lets D judge it.
    pub run_preview: SequenceId,
    /// Generates the image of one latent and lets D judge it.
    pub run_single: SequenceId,
    /// Generator.
    pub generator: Player,
    /// Discriminator.
    pub discriminator: Player,
    /// Averaged weights of G, where there is an average.
    pub ema: Option<ParameterSet>,
    /// Counters and statistics.
    pub state: State,
    /// What the columns of the statistics hold.
    pub columns: Vec<Column>,
    /// How many of them, the first, an update of D writes.
    pub columns_d: usize,
    /// Learning rates of D and G `[2]`.
    pub dials: Tensor,
    /// Data set in bytes, or the staged batches of it.
    pub source: Source,
    /// Latents of the update of D `[batch, latent]`.
    pub z_d: Tensor,
    /// Latents of the update of G `[batch, latent]`; the same tensor under the simultaneous schedule.
    pub z_g: Tensor,
    /// Input of D's update `[2 batch, pixels]`: real images, then generated ones. Under the simultaneous schedule generated ones come
    /// first, because G's gradient goes back through the first rows alone.
    pub images: Tensor,
    /// Real images of the update of G `[batch, pixels]`, where its loss looks at them.
    pub reals_g: Option<Tensor>,
    /// Shares of the real image in each point of the gradient penalty `[batch, 1]`.
    pub shares: Option<Tensor>,
    /// What is done to images before D sees them, in the update of D and in that of G `[images, KNOBS]`; the same tensor under the
    /// simultaneous schedule.
    pub knobs: [Option<Tensor>; 2],
    /// The probability with which it is done, and the sum from which its next step follows `[2]`, where it adapts.
    pub ada: Option<Tensor>,
    /// The preview, from latents that stay the same all through a run.
    pub preview: Shown,
    /// What D makes of the points of the preview, where they are points.
    pub landscape: Option<Landscape>,
    /// One image of a latent that somebody chose.
    pub single: Shown,
}

/// Columns of the statistics: D's update, then G's.
pub fn columns(spec: &GanSpec) -> Vec<Column> {
    let [goal_d, goal_g] = spec.loss.balance;
    // A D that cannot tell images apart is flat, and the R1 and R2 penalties are 0; the one-centred penalty is its weight.
    let goal_d = goal_d.map(|goal| goal * spec.loss_d_scale + spec.gradient_penalty);
    let half = spec.loss.probability.then_some(0.5);
    let column = |name, meaning, plot, goal| Column { name, meaning, plot, goal };
    let mut columns = vec![
        column("loss_d", "loss of D", Some((Plot::Loss, "D")), goal_d),
        column("d_real", "mean D(x)", Some((Plot::Judgement, "D(x)")), half),
        column("d_fake", "mean D(G(z))", Some((Plot::Judgement, "D(G(z))")), half),
        column("accuracy", "accuracy of D", None, Some(0.5)),
    ];
    if let Some(target) = spec.ada_target() {
        columns.push(column("sign_real", "mean sign of D(x)", Some((Plot::Augmentation, "sign D(x)")), Some(target)));
        columns.push(column("augment_p", "probability of augmentation", Some((Plot::Augmentation, "p")), None));
    }
    columns.extend([
        column("grad_norm_d", "norm of D's gradient", Some((Plot::Gradients, "D")), None),
        column("weight_norm_d", "norm of D's weights", None, None),
        column("loss_g", "loss of G", Some((Plot::Loss, "G")), goal_g),
        column("d_fake_g", "mean D(G(z)) for G", None, half),
        column("grad_norm_g", "norm of G's gradient", Some((Plot::Gradients, "G")), None),
        column("weight_norm_g", "norm of G's weights", None, None),
    ]);
    columns
}

impl Gan {
    /// Writes the plan.
    ///
    /// # Errors
    /// [`ModelError`].
    pub fn build(spec: &GanSpec) -> Result<Gan, ModelError> {
        let (generator, discriminator) = networks(spec)?;
        let graph = Graph::new();
        let built = Built::write(spec, generator, discriminator, &graph)?;
        let Built { plan, shared, updates, preview, single, landscape, generator, discriminator, ema, ada, state, dials, source } = built;
        let [z_d, z_g] = updates.z;
        Ok(Gan {
            plan,
            shared,
            update_d: updates.d,
            update_g: updates.g,
            update_both: updates.both,
            run_preview: preview.0,
            run_single: single.0,
            generator,
            discriminator,
            ema,
            state,
            columns: columns(spec),
            columns_d: column_g(spec),
            dials,
            source,
            z_d,
            z_g,
            images: updates.images,
            reals_g: updates.reals_g,
            shares: updates.shares,
            knobs: updates.knobs,
            ada,
            preview: preview.1,
            landscape,
            single: single.1,
            graph,
        })
    }

    /// One training step: `k` updates of D, then one of G; under the simultaneous schedule one of both.
    pub fn step(&self, k: u32) -> Vec<SequenceId> {
        if let Some(both) = &self.update_both {
            return both.runs().to_vec();
        }
        let mut step = self.update_d.runs().repeat(k as usize);
        step.extend(self.update_g.runs());
        step
    }

    /// Real tensors that a checkpoint must hold, by name.
    pub fn checkpoint_tensors(&self) -> Vec<&Tensor> {
        let players = [&self.generator, &self.discriminator];
        let mut tensors: Vec<&Tensor> = players.into_iter().flat_map(Player::checkpoint_tensors).collect();
        tensors.extend(self.ema.iter().flat_map(ParameterSet::tensors));
        tensors.extend(&self.ada);
        tensors.push(&self.state.ring);
        tensors
    }
}

/// What was written with a graph, and outlives the borrow of it.
struct Built {
    plan: Plan,
    shared: (usize, usize),
    updates: Updates,
    preview: (SequenceId, Shown),
    single: (SequenceId, Shown),
    landscape: Option<Landscape>,
    generator: Player,
    discriminator: Player,
    ema: Option<ParameterSet>,
    ada: Option<Tensor>,
    state: State,
    dials: Tensor,
    source: Source,
}

impl Built {
    fn write(spec: &GanSpec, generator: Network, discriminator: Network, graph: &Graph) -> Result<Built, ModelError> {
        let (low, high) = image_range(&generator);
        let mut plan = Plan::new(spec.storage);
        let generator = Player::new(&mut plan, generator, &spec.optimizer)?;
        let discriminator = Player::new(&mut plan, discriminator, &spec.optimizer)?;
        let ema = if spec.ema > 0.0 { Some(generator.network.weights(&mut plan, "ema/")?) } else { None };
        let count = column_g(spec) + Model::columns(METRICS_G);
        debug_assert_eq!(columns(spec).len(), count);
        let mut m = Model::new(graph, plan, 2, count, spec.seed)?;
        m.batches = (spec.images / spec.batch).max(1);
        let points = spec.points.is_some();
        let (name, rows) = match spec.staged {
            None => ("data", spec.images),
            Some(batches) => ("staged data", batches * batch::stride(spec.batch)),
        };
        let data = match points {
            true => m.plan.tensor(name, &[rows, spec.image.len()])?,
            false => m.plan.filled(name, Element::U32, &[(rows * spec.image.len()).div_ceil(4)], 0.0)?,
        };
        let source = || Source {
            points,
            data: data.clone(),
            staged: spec.staged,
            count: spec.images,
            pixels: spec.image.len(),
            channels: spec.image.channels,
            mirrored: spec.flip.then_some(spec.image.width),
            low,
            high,
        };
        let indices = m.plan.filled("indices", Element::U32, &[spec.batch], 0.0)?;
        m.source = Some((source(), indices));

        let (g, d) = (m.net(&generator.network, &generator.weights), m.net(&discriminator.network, &discriminator.weights));
        let shown = ema.as_ref().map(|average| m.net(&generator.network, average));
        let augmentation = Augmentation::new(&mut m, spec, (low, high))?;
        let game = Game { spec, generator: &generator, discriminator: &discriminator, ema: ema.as_ref(), g, d, augmentation };
        let updates = match spec.schedule {
            Schedule::Alternating => game.alternating(&mut m)?,
            Schedule::Simultaneous => game.simultaneous(&mut m)?,
        };
        let g = shown.as_ref().unwrap_or(&game.g);
        let preview = show(&mut m, "preview", (spec.previews, spec.latent), (g, &game.d))?;
        let landscape = match spec.points {
            Some(of) => Some(Landscape::write(&mut m, &discriminator.network, &game.d, &preview.1, spec.loss, of.places)?),
            None => None,
        };
        let single = show(&mut m, "single", (1, spec.latent), (g, &game.d))?;
        let ada = game.augmentation.and_then(|augmentation| augmentation.ada).map(|ada| ada.state);
        let shared = m.lowering.shared(&m.plan);
        let Model { plan, state, dials, .. } = m;
        let source = source();
        Ok(Built { plan, shared, updates, preview, single, landscape, generator, discriminator, ema, ada, state, dials, source })
    }
}
