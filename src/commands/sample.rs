//! `ganvas sample`: images from a run.

use super::{
    Outcome,
    generate::{Generator, MAX_SHOWN},
    output::{extension, writable},
};
use crate::{
    cli::SampleArgs, data::npy::Array, disk::write_whole, figure, random::stream, sheet, terminal::print, train::run_dir::preview_sheet,
};
use npyz::WriterBuilder as _;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use std::{error::Error, path::Path, process::ExitCode};

pub fn run(args: &SampleArgs) -> Outcome {
    let mut generator = Generator::load(&args.generate)?;
    generator.check_count(args.n.unwrap_or(0))?;
    let latent = generator.checkpoint.config.latent;
    let latents = match &args.latents {
        Some(path) => {
            let all = read_latents(path, latent)?;
            let n = args.n.unwrap_or(all.len() / latent);
            let there = all.len() / latent;
            if n > there {
                return Err(format!("{} holds {there} latents, -n asks for {n}", path.display()).into());
            }
            all[..n * latent].to_vec()
        }
        None => {
            let n = args.n.unwrap_or(if generator.distribution_of_data().is_some() { 1024 } else { 64 });
            generator.distribution.draw(args.generate.seed, 0, stream::LATENT_SAMPLE, n, latent)
        }
    };
    let n = latents.len() / latent;
    if n == 0 {
        return Err("no images asked for; give -n 1 or more".into());
    }
    let default = generator.beside(&args.generate, "samples").with_extension("png");
    let given = args.out.as_deref();
    let kind = given.map_or("png".into(), extension);
    // A folder may exist, as long as it is empty.
    let is_folder = kind.is_empty();
    let free = is_folder && given.is_some_and(|path| path.read_dir().is_ok_and(|mut entries| entries.next().is_none()));
    let path = writable(given, &default, args.generate.force || free)?;
    // Points are no images: [n, dimensions].
    let known = generator.distribution_of_data();
    let images = generator.shape(n);
    let shape = known.map_or(images.to_vec(), |known| vec![n, known.dimensions]);
    match (kind.as_str(), known) {
        ("png", Some(_)) if n > MAX_SHOWN => {
            return Err(format!("{n} points are too many for a figure; ask for at most {MAX_SHOWN}, or write them to a .npy file").into());
        }
        ("png", Some(known)) => sheet::write_png(&path, &figure::draw(&generator.figure(&args.generate, known, &latents)?)?)?,
        ("", Some(_)) => {
            return Err("a folder takes single images, and this run makes points; give --out FILE.npy, FILE.safetensors or FILE.png".into());
        }
        ("png", None) => sheet::write_png(&path, &preview_sheet(&generator.bytes(&latents)?, images))?,
        ("npy", _) => write_whole(&path, &npy_bytes(&generator.images(&latents)?, &shape)?)?,
        ("safetensors", _) => {
            let images = generator.images(&latents)?;
            let views = [
                ("images", TensorView::new(Dtype::F32, shape, bytemuck::cast_slice(&images))?),
                ("latents", TensorView::new(Dtype::F32, vec![n, latent], bytemuck::cast_slice(&latents))?),
            ];
            write_whole(&path, &safetensors::serialize(views, None)?)?;
        }
        ("", None) => write_folder(&path, &generator.bytes(&latents)?, images)?,
        (other, _) => {
            return Err(format!("--out {}: cannot write .{other}; use .png, .npy, .safetensors or a folder", path.display()).into());
        }
    }
    print(path.display())?;
    Ok(ExitCode::SUCCESS)
}

fn npy_bytes(values: &[f32], shape: &[usize]) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let shape: Vec<u64> = shape.iter().map(|extent| *extent as u64).collect();
    let mut writer = npyz::WriteOptions::new().default_dtype().shape(&shape).writer(&mut bytes).begin_nd()?;
    writer.extend(values.iter().copied())?;
    writer.finish()?;
    Ok(bytes)
}

fn write_folder(path: &Path, images: &[u8], [n, channels, height, width]: [usize; 4]) -> Result<(), Box<dyn Error + Send + Sync>> {
    std::fs::create_dir_all(path).map_err(|e| format!("cannot create the folder {}: {e}", path.display()))?;
    for (i, image) in images.chunks_exact(channels * height * width).enumerate() {
        let digits = n.to_string().len().max(4);
        sheet::write_png(&path.join(format!("{i:0digits$}.png")), &sheet::sheet(image, 1, channels, height, width, 1, 1))?;
    }
    Ok(())
}

/// Reads latents `[n, latent]`.
fn read_latents(path: &Path, latent: usize) -> Result<Vec<f32>, Box<dyn Error + Send + Sync>> {
    let bytes = std::fs::read(path).map_err(|e| format!("cannot read the latents {}: {e}", path.display()))?;
    let bad = |what: &str| format!("latents {}: {what}; expected float32 [n, {latent}]", path.display());
    let (shape, values) = match extension(path).as_str() {
        "npy" => {
            let array = Array::parse(&bytes).map_err(|what| bad(&what))?;
            if !array.row_major {
                return Err(bad("stored column-major").into());
            }
            if !array.is_f32() {
                return Err(bad("not float32").into());
            }
            let values = (0..array.len()).map(|i| array.value(i) as f32).collect();
            (array.shape, values)
        }
        "safetensors" => {
            let file = SafeTensors::deserialize(&bytes).map_err(|e| bad(&e.to_string()))?;
            let view = match file.tensor("latents") {
                Ok(view) => view,
                Err(_) if file.len() == 1 => file.tensor(file.names()[0])?,
                Err(_) => return Err(bad("no tensor is called 'latents'").into()),
            };
            if view.dtype() != Dtype::F32 {
                return Err(bad("not float32").into());
            }
            let values = view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
            (view.shape().to_vec(), values)
        }
        _ => return Err(bad("not .npy or .safetensors").into()),
    };
    if shape.len() != 2 || shape[1] != latent {
        return Err(bad(&format!("shape {shape:?}")).into());
    }
    Ok(values)
}
