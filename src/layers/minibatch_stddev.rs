//! Minibatch standard deviation (Karras et al. 2018, section 3; in groups as in StyleGAN2): one more channel, in which every pixel holds how
//! much the images of a group differ, so that D sees when G makes all of them alike.

use super::{Extent, Layer, Pass, Scope};
use crate::graph::Var;

/// Images of a group, unless a layer list says otherwise.
const GROUP: usize = 4;

/// `minibatch_stddev GROUP`
#[derive(Debug)]
struct MinibatchStddev {
    group: usize,
}

impl MinibatchStddev {
    /// x `[pixels, channels]` of some images with the channel beside it. Image i belongs with i + n / members, i + 2 n / members, ...
    fn of<'g>(&self, x: Var<'g>, pixels: usize) -> Var<'g> {
        let (images, values) = (x.rows() / pixels, pixels * x.columns());
        // The largest group that divides the images.
        let members = (1..=self.group.min(images)).rev().find(|members| images.is_multiple_of(*members)).unwrap_or(1);
        let groups = images / members;
        let by_member = x.reshape([members, groups * values]);
        let centred = by_member - by_member.column_sums() / members as f32;
        let deviation = ((centred * centred).column_sums() / members as f32 + 1e-8).sqrt();
        let mean = deviation.reshape([groups, values]).row_sums() / values as f32;
        let per_image = mean.reshape([1, groups]).expand([members, groups]).reshape([images, 1]);
        x.beside(per_image.expand([images, pixels]).reshape([images * pixels, 1]))
    }
}

impl Layer for MinibatchStddev {
    fn describe(&self) -> String {
        if self.group == GROUP { "minibatch_stddev".into() } else { format!("minibatch_stddev {}", self.group) }
    }

    fn output(&self, input: Extent) -> Result<Extent, String> {
        Ok(Extent { channels: input.channels + 1, ..input })
    }

    fn mixes_rows(&self) -> bool {
        true
    }

    fn apply<'g>(&self, scope: &mut Scope<'_, 'g>, x: Var<'g>) -> Var<'g> {
        let (x, pixels) = (scope.pixels(x), scope.input.pixels());
        let parts = match scope.pass {
            Pass::Sampling => 1,
            Pass::Training { groups, .. } => groups,
        };
        let rows = x.rows() / parts;
        (0..parts).map(|part| self.of(x.part(part * rows, rows), pixels)).reduce(Var::stack).unwrap_or(x)
    }
}

pub(super) fn parse(words: &[&str], _image: Extent) -> Result<Box<dyn Layer>, String> {
    match words {
        [] => Ok(Box::new(MinibatchStddev { group: GROUP })),
        [group] => match group.parse() {
            Ok(group @ 2..=1024) => Ok(Box::new(MinibatchStddev { group })),
            _ => Err(format!("'{group}' is not a number of images from 2 to 1024")),
        },
        _ => Err("expected at most a number of images in a group".into()),
    }
}
