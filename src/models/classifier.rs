//! A classifier: features of a picture, and from them the logits of its class. What it minimises is the cross entropy.

use super::{
    gan::ModelError,
    init::Init,
    model::{Model, Part, Update},
    network::Network,
    player::Player,
};
use crate::{
    graph::{Graph, Var, lower::Target},
    layers::{Extent, Masks, Pass},
    ops::Optimizer,
    plan::{Plan, SequenceId, Tensor},
    random::stream,
};

/// What a classifier is made of.
#[derive(Clone, Debug)]
pub struct ClassifierSpec {
    /// Layer list from a picture to its features.
    pub features: Vec<String>,
    /// What a picture holds.
    pub image: Extent,
    /// Classes, 2 or more.
    pub classes: usize,
    /// Pictures per batch.
    pub batch: usize,
    /// Optimizer of both nets.
    pub optimizer: Optimizer,
}

/// A classifier: its plan, and the tensors that the host reads and writes.
pub struct Classifier {
    /// The plan, to be given to an engine.
    pub plan: Plan,
    /// One update; its first value is the cross entropy before it, in nats.
    pub update: Update,
    /// Computes features and logits of the pictures.
    pub look: SequenceId,
    /// From pictures to features.
    pub body: Player,
    /// From features to logits, one linear layer.
    pub head: Player,
    /// Learning rates of both nets `[2]`.
    pub dials: Tensor,
    /// Pictures `[batch, pixels]`, for the host to fill.
    pub x: Tensor,
    /// 1 at the class of each picture, 0 elsewhere `[batch, classes]`, for the host to fill.
    pub classes: Tensor,
    /// What [`Classifier::look`] writes first `[batch, features]`.
    pub features: Tensor,
    /// And then `[batch, classes]`.
    pub logits: Tensor,
}

/// -log softmax(logits) at the class, mean over pictures: log sum_c exp(l_c) - l_class, by the largest logit so that nothing overflows.
fn cross_entropy<'g>(logits: Var<'g>, classes: Var<'g>) -> Var<'g> {
    let below = logits - logits.max_of(logits.columns()).detach();
    (below.exp().row_sums().log() - (below * classes).row_sums()).mean()
}

impl Classifier {
    /// Writes the plan.
    ///
    /// # Errors
    /// [`ModelError`].
    pub fn build(spec: &ClassifierSpec) -> Result<Classifier, ModelError> {
        let mut body = Network::parse("F", "features", &spec.features, spec.image, spec.image)?;
        body.init = Init::He;
        let head = Network::parse("C", "classes", &[format!("linear {}", spec.classes)], body.output(), spec.image)?;
        let mut plan = Plan::default();
        let body = Player::new(&mut plan, body, &spec.optimizer)?;
        let head = Player::new(&mut plan, head, &spec.optimizer)?;
        let graph = Graph::new();
        let mut m = Model::new(&graph, plan, 2, Model::columns(0) + Model::columns(0), 0)?;
        let (f, c) = (m.net(&body.network, &body.weights), m.net(&head.network, &head.weights));
        let (x, x_tensor) = m.input("x", [spec.batch, spec.image.len()])?;
        let (classes, classes_tensor) = m.input("classes", [spec.batch, spec.classes])?;

        let [mut f_masks, mut c_masks] = [Masks::default(), Masks::default()];
        let pass = Pass::Training { groups: 1, own: true };
        let logits = c.of(f.of(x, "F", pass, &mut f_masks), "C", pass, &mut c_masks);
        let loss = cross_entropy(logits, classes);

        let draw = m.draw("draw", &[], 0)?;
        let parts: [Part; 2] = [
            body.part((&f, &f_masks), loss, spec.optimizer, [0, 0]),
            head.part((&c, &c_masks), loss, spec.optimizer, [1, Model::columns(0)]),
        ];
        let update = m.update(draw, ["gradients", "apply"], &parts)?;
        let features = f.of(x, "F", Pass::Sampling, &mut f_masks);
        let logits = c.of(features, "C", Pass::Sampling, &mut c_masks);
        let (look, seen) = m.lowering.sequence(&mut m.plan, "look", &[Target::of(features), Target::of(logits)])?;
        let [features, logits] = [0, 1].map(|i| seen[i].clone());
        let (plan, dials) = (m.plan, m.dials);
        Ok(Classifier { plan, update, look, body, head, dials, x: x_tensor, classes: classes_tensor, features, logits })
    }

    /// Initial values of both nets, by tensor.
    pub fn initial_values(&self, seed: u32) -> Vec<(&Tensor, Vec<f32>)> {
        let [body, head] = stream::INIT_CLASSIFIER;
        let mut values = self.body.initial_values(seed, body);
        values.extend(self.head.initial_values(seed, head));
        values
    }
}
