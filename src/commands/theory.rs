//! `ganvas theory`: what the 2014 paper proves, measured on this device.

use super::{
    Outcome,
    output::{must_end, writable},
};
use crate::{
    cli::TheoryArgs,
    engine::devices,
    sheet,
    terminal::{note, print},
    theory::{self, LARGEST_ERROR, LARGEST_GAP, Position, SUPPORT},
};
use std::{path::Path, process::ExitCode};

pub fn run(args: &TheoryArgs) -> Outcome {
    must_end("--out", args.out.as_deref(), "png")?;
    // Found out before the work, not after it.
    let path = writable(args.out.as_deref(), Path::new("theory.png"), args.force)?;
    let choice = devices::choose(&args.device)?;
    note(format_args!("device   {}", choice.why));
    let open = |plan| devices::open(&choice, plan);
    if !args.json {
        print("D trained to its optimum against a fixed G; the data is a Gaussian, mean 1, sigma 0.5\n")?;
        print("mean of p_g   sigma     JSD   2 JSD - log 4   V(D, G)     error   largest |D - D*|")?;
    }
    let mut told = Ok(());
    let positions = theory::positions(&open, args.seed, &mut |position| {
        if !args.json && told.is_ok() {
            told = print(row(position));
        }
    })?;
    told?;
    let pushes = theory::saturation(&open, args.seed)?;
    if !args.json {
        print("\nG far from the data: its gradient while D learns\n")?;
        print("updates of D   mean D(G(z))    minimax   non-saturating   ratio")?;
        for push in &pushes {
            let ratio = push.minimax / push.non_saturating;
            let (updates, d) = (push.updates, push.d_fake);
            print(format_args!("{updates:>12}   {d:>12.2e}   {:>8.2e}   {:>14.2e}   {ratio:>5.0e}", push.minimax, push.non_saturating))?;
        }
    }
    sheet::write_png(&path, &theory::picture(&positions, &pushes)?)?;
    let holds = positions.iter().all(Position::holds);
    if args.json {
        let position = |p: &Position| {
            serde_json::json!({
                "mean": p.p_g.mean, "sigma": p.p_g.sigma, "jsd": p.jsd, "bound": p.bound(), "value": p.value,
                "error": p.value - p.bound(), "gap": p.gap, "gap_at": p.gap_at, "holds": p.holds(),
            })
        };
        let push = |p: &theory::Push| serde_json::json!({ "updates_d": p.updates, "d_fake": p.d_fake, "minimax": p.minimax, "non_saturating": p.non_saturating });
        let limits = serde_json::json!({ "gap": LARGEST_GAP, "error": LARGEST_ERROR, "support": SUPPORT });
        print(serde_json::json!({
            "device": choice.info.to_string(), "seed": args.seed, "holds": holds, "limits": limits, "figure": path,
            "positions": positions.iter().map(position).collect::<Vec<_>>(),
            "saturation": pushes.iter().map(push).collect::<Vec<_>>(),
        }))?;
    } else {
        print("")?;
        print(format_args!(
            "limits: |D - D*| at most {LARGEST_GAP} where p_data + p_g is at least {SUPPORT} of its largest value; |V - (2 JSD - log 4)| at most {LARGEST_ERROR} nats"
        ))?;
        print(if holds { "all within the limits: D reaches D*, and V its bound" } else { "OUTSIDE THE LIMITS in the rows marked with !" })?;
        print(format_args!("figure: {}", path.display()))?;
    }
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn row(p: &Position) -> String {
    let mark = if p.holds() { "" } else { "  !" };
    let error = p.value - p.bound();
    let (mean, sigma) = (p.p_g.mean, p.p_g.sigma);
    format!(
        "{mean:>11.2}   {sigma:>5.3}   {:>5.3}   {:>13.4}   {:>7.4}   {error:>7.4}   {:>7.4} at {:>5.2}{mark}",
        p.jsd,
        p.bound(),
        p.value,
        p.gap,
        p.gap_at
    )
}
