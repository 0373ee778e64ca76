//! Models besides the GAN's updates: what they find.

use crate::support::Small;
use ganvas::{
    engine::{Engine as _, Work, cpu::CpuEngine},
    models::{Gan, GanSpec, Infer, Sampler},
    ops::{LatentDistribution, Optimizer},
    plan::{Element, Storage},
    random::stream,
};

/// The search for latents finds pictures that the generator has made: their error falls a thousandfold.
#[test]
fn latents_of_pictures_are_found_again() {
    let spec = Small::default().spec();
    let (rows, steps) = (3, 600);
    let gan = Gan::build(&spec).expect("a GAN");
    let generator = &gan.generator;
    // Wider weights than at the start of training, so that pictures differ.
    let values: Vec<Vec<f32>> =
        generator.initial_values(4, stream::INIT_G).into_iter().map(|(_, values)| values.iter().map(|v| 2.0 * v).collect()).collect();

    let sampler = Sampler::build(&generator.network, spec.latent, rows).expect("a sampler");
    let mut engine = CpuEngine::<f32>::open(sampler.plan.clone());
    for (tensor, values) in sampler.weights.tensors().zip(&values) {
        engine.upload(tensor, values).expect("weights");
    }
    engine.upload(&sampler.z, &LatentDistribution::Normal.draw(9, 0, 4, rows, spec.latent)).expect("latents");
    engine.run(sampler.run);
    let pictures = engine.download(&sampler.images).expect("pictures");

    let adam = Optimizer::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
    let infer = Infer::build(&generator.network, spec.latent, spec.image.len(), rows, adam).expect("a search");
    let mut engine = CpuEngine::<f32>::open(infer.plan.clone());
    for (tensor, values) in infer.weights.tensors().zip(&values) {
        engine.upload(tensor, values).expect("weights");
    }
    engine.upload(&infer.pictures, &pictures).expect("pictures");
    engine.upload(&infer.dials, &[0.05]).expect("a rate");
    let mut error = |times| {
        let reads = infer.update.values.clone();
        engine.submit(&Work { runs: infer.update.runs().to_vec(), times, reads, ..Work::default() }).expect("work");
        engine.collect(true).expect("results").expect("a submission").reads[0][0]
    };
    let (first, last) = (error(1), error(steps));
    assert!(first > 1e-2 && last < 1e-3 * first, "the error is {first} at first and {last} in the end");
    let weights: Vec<Vec<f32>> = infer.weights.tensors().map(|tensor| engine.download(tensor).expect("weights")).collect();
    assert_eq!(weights, values, "the generator stays as it is");
}

/// A critic's logits may leave the range of f16.
#[test]
fn logits_are_whole_in_any_storage() {
    let gan = Gan::build(&GanSpec { storage: Storage::F16, ..Small::default().spec() }).expect("a GAN");
    for shown in [&gan.preview, &gan.single] {
        assert_eq!((shown.logits.element, shown.images.element), (Element::F32, Element::Stored));
    }
    for update in [&gan.update_d, &gan.update_g] {
        let dispatches = &gan.plan.sequence(update.gradients).dispatches;
        let program = dispatches.iter().find(|dispatch| dispatch.kernel.name == "row_program").expect("losses");
        let read = |dispatch: &ganvas::plan::Dispatch| dispatch.bindings.iter().any(|tensor| tensor.buffer == program.bindings[1].buffer);
        let last = dispatches.iter().rfind(|dispatch| dispatch.kernel.name.starts_with("linear_forward") && read(dispatch));
        assert_eq!(last.expect("D's last layer").kernel.name, "linear_forward_wide");
    }
}
