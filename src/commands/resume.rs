//! `ganvas resume`: goes on with a run exactly where its newest checkpoint left it.

use super::{Outcome, drive, train};
use crate::{
    cli::ResumeArgs,
    train::session::{ResumeOptions, Session},
};

pub fn run(args: &ResumeArgs) -> Outcome {
    let options = ResumeOptions { steps: args.steps, device: args.device.clone(), data: args.data.clone(), finished: false };
    let say = &mut |topic, text: String| train::say(args.show, topic, &text);
    drive::drive(Session::resume(&args.run, &options, say)?, args.show)
}
