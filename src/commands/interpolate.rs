//! `ganvas interpolate`: from latent to latent, as a strip and as an animation.

use super::{
    Outcome,
    generate::Generator,
    output::{must_end, writable},
};
use crate::{cli::InterpolateArgs, disk::write_whole, ops::LatentDistribution, random::stream, sheet, terminal::print};
use image::{
    Delay, Frame,
    codecs::gif::{GifEncoder, Repeat},
};
use std::{process::ExitCode, time::Duration};

/// Time per image of the animation.
const FRAME: Duration = Duration::from_millis(60);

pub fn run(args: &InterpolateArgs) -> Outcome {
    if !(2..=1000).contains(&args.points) || !(2..=1000).contains(&args.frames) {
        return Err("--points and --frames must each be from 2 to 1000".into());
    }
    must_end("--out", args.out.as_deref(), "png")?;
    must_end("--animation", args.animation.as_deref(), "gif")?;
    let mut generator = Generator::load(&args.generate)?;
    if generator.distribution_of_data().is_some() {
        return Err("this run makes points, and there are no images between them; look at them with: ganvas sample".into());
    }
    generator.check_count(args.points * args.frames)?;
    let strip_path =
        writable(args.out.as_deref(), &generator.beside(&args.generate, "interpolation").with_extension("png"), args.generate.force)?;
    let animation_path = writable(args.animation.as_deref(), &strip_path.with_extension("gif"), args.generate.force)?;
    let latent = generator.checkpoint.config.latent;
    let points = generator.distribution.draw(args.generate.seed, 1, stream::LATENT_SAMPLE, args.points, latent);
    let points: Vec<&[f32]> = points.chunks_exact(latent).collect();

    // The strip shows a row from each point to the next, both included.
    let share = |frame: usize| frame as f32 / (args.frames - 1) as f32;
    let rows = points.windows(2).flat_map(|pair| (0..args.frames).map(move |frame| (pair, frame)));
    let strip: Vec<f32> = rows.flat_map(|(pair, frame)| between(generator.distribution, pair[0], pair[1], share(frame))).collect();
    let [count, channels, height, width] = generator.shape((args.points - 1) * args.frames);
    let scale = sheet::scale(width);
    let images = generator.bytes(&strip)?;
    sheet::write_png(&strip_path, &sheet::sheet(&images, count, channels, height, width, args.frames, scale))?;

    // The animation goes on from the last point to the first, so that it loops.
    let share = |frame: usize| frame as f32 / args.frames as f32;
    let pairs = (0..points.len()).map(|i| (points[i], points[(i + 1) % points.len()]));
    let steps = pairs.flat_map(|pair| (0..args.frames).map(move |frame| (pair, frame)));
    let circle: Vec<f32> = steps.flat_map(|((a, b), frame)| between(generator.distribution, a, b, share(frame))).collect();
    let images = generator.bytes(&circle)?;
    let mut gif = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut gif, 10);
    encoder.set_repeat(Repeat::Infinite)?;
    let scale = (224 / width.max(1)).clamp(1, 8);
    for image in images.chunks_exact(channels * height * width) {
        let frame = sheet::sheet(image, 1, channels, height, width, 1, scale).to_rgba8();
        encoder.encode_frame(Frame::from_parts(frame, 0, 0, Delay::from_saturating_duration(FRAME)))?;
    }
    drop(encoder);
    write_whole(&animation_path, &sheet::marked_gif(gif))?;
    print(format_args!("{}\n{}", strip_path.display(), animation_path.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// The latent `share` of the way from a to b: along the great circle for normal latents, whose length hardly varies, else straight.
fn between(distribution: LatentDistribution, a: &[f32], b: &[f32], share: f32) -> Vec<f32> {
    let norm = |v: &[f32]| v.iter().map(|x| x * x).sum::<f32>().sqrt();
    let dot: f32 = a.iter().zip(b).map(|(a, b)| a * b).sum();
    let angle = (dot / (norm(a) * norm(b))).clamp(-1.0, 1.0).acos();
    if distribution != LatentDistribution::Normal || angle.sin() <= 1e-3 {
        return straight(a, b, share);
    }
    mix(a, b, ((1.0 - share) * angle).sin() / angle.sin(), (share * angle).sin() / angle.sin())
}

/// The latent `share` of the way from a to b in a straight line.
pub fn straight(a: &[f32], b: &[f32], share: f32) -> Vec<f32> {
    mix(a, b, 1.0 - share, share)
}

fn mix(a: &[f32], b: &[f32], from: f32, to: f32) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| from * a + to * b).collect()
}
