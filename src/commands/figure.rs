//! `ganvas figure`: the figures of the 2014 paper, drawn for a run.

use super::{
    Outcome, eval,
    generate::Generator,
    interpolate::straight,
    output::{must_end, writable},
};
use crate::{
    cli::{FigureCommand, GenerateArgs},
    engine::devices,
    eval::{Distances, Points, to_unit},
    random::stream,
    sheet,
    terminal::print,
};
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

/// The most rows and columns of a figure.
const MOST: usize = 100;

/// Step of the stream of latents, so that figures show others than `ganvas sample` and `ganvas interpolate`.
const INTERPOLATION: u32 = 2;

/// Colour around training images.
const MARK: [u8; 3] = [255, 200, 0];

pub fn run(command: &FigureCommand) -> Outcome {
    match command {
        FigureCommand::Neighbours { generate, rows, columns, out, train_data } => {
            let mut figure = Figure::prepare(generate, *rows, *columns, out.as_deref(), "neighbours")?;
            figure.neighbours(generate, train_data.as_deref())
        }
        FigureCommand::Interpolation { generate, rows, columns, out } => {
            if *columns < 2 {
                return Err("--columns must be 2 or more: a row has two ends".into());
            }
            let mut figure = Figure::prepare(generate, *rows, *columns, out.as_deref(), "interpolation-figure")?;
            figure.interpolation(generate)
        }
    }
}

/// A figure of `rows` by `columns` generated images, and where it goes.
struct Figure {
    generator: Generator,
    rows: usize,
    columns: usize,
    path: PathBuf,
}

impl Figure {
    fn prepare(
        args: &GenerateArgs,
        rows: usize,
        columns: usize,
        out: Option<&Path>,
        name: &str,
    ) -> Result<Figure, Box<dyn std::error::Error + Send + Sync>> {
        if !(1..=MOST).contains(&rows) || !(1..=MOST).contains(&columns) {
            return Err(format!("--rows and --columns must each be from 1 to {MOST}").into());
        }
        must_end("--out", out, "png")?;
        let generator = Generator::load(args)?;
        if generator.distribution_of_data().is_some() {
            return Err("this run makes points, and the figure is one of images; draw points with: ganvas sample".into());
        }
        generator.check_count(rows * columns)?;
        let path = writable(out, &generator.beside(args, name).with_extension("png"), args.force)?;
        Ok(Figure { generator, rows, columns, path })
    }

    /// Samples, and behind each row the training image nearest to its last sample, by L2 on pixels.
    fn neighbours(&mut self, args: &GenerateArgs, train_data: Option<&str>) -> Outcome {
        let split = eval::training_images(&self.generator.checkpoint, train_data, &mut |_, _| {})?;
        let train = &split.train;
        let (latent, pixels) = (self.generator.checkpoint.config.latent, train.pixels());
        let count = self.rows * self.columns;
        let latents = self.generator.distribution.draw(args.seed, 0, stream::LATENT_SAMPLE, count, latent);
        let mut values = self.generator.images(&latents)?;
        let bytes = crate::train::to_bytes(&values, self.generator.range);
        to_unit(&mut values, pixels, self.generator.range)?;
        let rows: Vec<&[f32]> = values.chunks_exact(self.columns * pixels).collect();
        let last: Vec<f32> = rows.iter().flat_map(|row| &row[(self.columns - 1) * pixels..]).copied().collect();
        let mut distances = Distances::open(&devices::choose(&args.device)?, pixels, train.count)?;
        let nearest = distances.nearest(Points::reals(&last, pixels), eval::points(train), false)?;
        let mut images = Vec::new();
        for (row, nearest) in bytes.chunks_exact(self.columns * pixels).zip(&nearest) {
            images.extend_from_slice(row);
            images.extend_from_slice(train.image(nearest.index));
        }
        let marked: Vec<usize> = (0..self.rows).map(|row| row * (self.columns + 1) + self.columns).collect();
        let columns = self.columns + 1;
        self.write(&images, columns, &marked)
    }

    /// Rows from one latent to another in a straight line, as in the paper.
    fn interpolation(&mut self, args: &GenerateArgs) -> Outcome {
        let latent = self.generator.checkpoint.config.latent;
        let ends = self.generator.distribution.draw(args.seed, INTERPOLATION, stream::LATENT_SAMPLE, 2 * self.rows, latent);
        let share = |column: usize| column as f32 / (self.columns - 1) as f32;
        let pairs = ends.chunks_exact(2 * latent).map(|pair| pair.split_at(latent));
        let latents: Vec<f32> = pairs.flat_map(|(a, b)| (0..self.columns).flat_map(move |column| straight(a, b, share(column)))).collect();
        let images = self.generator.bytes(&latents)?;
        self.write(&images, self.columns, &[])
    }

    fn write(&self, images: &[u8], columns: usize, marked: &[usize]) -> Outcome {
        let [count, channels, height, width] = self.generator.shape(self.rows * columns);
        let scale = sheet::scale(width);
        let picture = sheet::sheet(images, count, channels, height, width, columns, scale);
        let picture = if marked.is_empty() { picture } else { sheet::marked(&picture, [height, width], columns, scale, marked, MARK) };
        sheet::write_png(&self.path, &picture)?;
        print(self.path.display())?;
        Ok(ExitCode::SUCCESS)
    }
}
