//! Residual layers (He et al. 2016): y = x + f(x) with layers f, the branch; or y = g(x) + f(x), where the way past the branch has layers
//! of its own because it must change the shape too.

use super::{Branch, Extent, Layer, ParameterSpec, Scope, list, parse as parse_layer};
use crate::graph::Var;

/// `residual [LAYERS] skip [LAYERS]`
#[derive(Debug)]
struct Residual {
    branch: Vec<Box<dyn Layer>>,
    skip: Vec<Box<dyn Layer>>,
}

/// Layers with the input of each.
fn placed(layers: &[Box<dyn Layer>], input: Extent) -> Result<(Vec<Extent>, Extent), String> {
    let (mut inputs, mut at) = (Vec::new(), input);
    for (position, layer) in layers.iter().enumerate() {
        inputs.push(at);
        at = layer.output(at).map_err(|what| format!("layer {} within, '{}': {what}", position + 1, layer.describe()))?;
    }
    Ok((inputs, at))
}

/// What the layers of both ways have, with the number of each layer before the names.
fn specs(residual: &Residual, input: Extent, of: impl Fn(&dyn Layer, Extent) -> Vec<ParameterSpec>) -> Vec<ParameterSpec> {
    let mut all = Vec::new();
    let trains = |layer: &dyn Layer, input| !layer.parameters(input).is_empty();
    for (layers, prefix) in [(&residual.branch, ""), (&residual.skip, "skip.")] {
        // `output` has found out before what does not fit.
        let Ok((inputs, _)) = placed(layers, input) else { continue };
        let within = || layers.iter().zip(&inputs);
        let with_weights: Vec<usize> =
            within().enumerate().filter(|(_, (layer, input))| trains(&***layer, **input)).map(|(i, _)| i).collect();
        for (position, (layer, input)) in within().enumerate() {
            let branch = prefix.is_empty().then_some(Branch { layers: with_weights.len(), last: with_weights.last() == Some(&position) });
            all.extend(of(&**layer, *input).into_iter().map(|spec| ParameterSpec {
                name: format!("{prefix}{position}.{}", spec.name).into(),
                branch: branch.or(spec.branch),
                ..spec
            }));
        }
    }
    all
}

/// Takes the first parameters and the first state of what is left for one layer after the other.
struct Rest<'a, 'g> {
    parameters: &'a [Var<'g>],
    state: &'a [Var<'g>],
}

impl<'a, 'g> Rest<'a, 'g> {
    fn run(&mut self, layers: &[Box<dyn Layer>], prefix: &str, scope: &mut Scope<'_, 'g>, x: Var<'g>) -> Var<'g> {
        let Ok((inputs, output)) = placed(layers, scope.input) else { return x };
        let (pass, index) = scope.place;
        let pass = format!("{pass}/{index}{prefix}");
        let mut y = x;
        for (position, (layer, input)) in layers.iter().zip(inputs).enumerate() {
            let (parameters, state);
            (parameters, self.parameters) = self.parameters.split_at(layer.parameters(input).len());
            (state, self.state) = self.state.split_at(layer.state(input).len());
            let mut within = Scope {
                graph: scope.graph,
                place: (&pass, position),
                parameters,
                state,
                input,
                pass: scope.pass,
                masks: &mut *scope.masks,
                nested: true,
            };
            y = layer.apply(&mut within, y);
        }
        y.reshape([y.rows() * y.columns() / output.channels, output.channels])
    }
}

impl Layer for Residual {
    fn describe(&self) -> String {
        let text = |layers: &[Box<dyn Layer>]| layers.iter().map(|layer| layer.describe()).collect::<Vec<_>>().join(", ");
        let skip = if self.skip.is_empty() { String::new() } else { format!(" skip [{}]", text(&self.skip)) };
        format!("residual [{}]{skip}", text(&self.branch))
    }

    fn output(&self, input: Extent) -> Result<Extent, String> {
        let [(_, branch), (_, past)] = [placed(&self.branch, input)?, placed(&self.skip, input)?];
        match branch == past {
            true => Ok(branch),
            false => Err(format!(
                "its layers give {branch}, and the way past them {past}; give that layers too, such as skip [conv {} 1]",
                branch.channels
            )),
        }
    }

    fn parameters(&self, input: Extent) -> Vec<ParameterSpec> {
        specs(self, input, |layer, input| layer.parameters(input))
    }

    fn state(&self, input: Extent) -> Vec<ParameterSpec> {
        specs(self, input, |layer, input| layer.state(input))
    }

    fn mixes_rows(&self) -> bool {
        self.branch.iter().chain(&self.skip).any(|layer| layer.mixes_rows())
    }

    fn apply<'g>(&self, scope: &mut Scope<'_, 'g>, x: Var<'g>) -> Var<'g> {
        let mut rest = Rest { parameters: scope.parameters, state: scope.state };
        let branch = rest.run(&self.branch, "", scope, x);
        rest.run(&self.skip, ".skip", scope, x) + branch
    }
}

pub(super) fn parse(words: &[&str], image: Extent) -> Result<Box<dyn Layer>, String> {
    let read = |entries: Vec<String>| -> Result<Vec<Box<dyn Layer>>, String> {
        entries.iter().map(|entry| parse_layer(entry, image).map_err(|what| format!("'{entry}': {what}"))).collect()
    };
    let [branch, skip] = list::branches(&words.join(" "))?;
    Ok(Box::new(Residual { branch: read(branch)?, skip: read(skip)? }))
}
