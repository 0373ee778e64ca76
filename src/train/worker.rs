//! The trainer's thread beside a window: takes wishes, works, and tells. It never waits for the window.

use super::{
    Command, Event, Neighbours, Note, Preview, RunInfo, Wish,
    neighbours::Seeker,
    session::{ResumeOptions, Session, reals},
};
use crate::{engine::devices, figure::Figure, models::GanSpec};
use std::{
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel},
    },
    thread::JoinHandle,
    time::Duration,
};
use thread_priority::{ThreadPriority, ThreadPriorityValue, set_current_thread_priority};

/// Work between looks at the wishes: short, so that the window's controls feel immediate.
const BUDGET: Duration = Duration::from_millis(15);

/// The newest preview and the newest single image: newer ones replace those that nobody has looked at yet.
#[derive(Default)]
struct Newest {
    preview: Option<Preview>,
    figure: Option<Figure>,
    generated: Option<Preview>,
    neighbours: Option<Neighbours>,
}

/// The window's end of the link.
pub struct Link {
    wishes: Sender<Wish>,
    notes: Receiver<Note>,
    newest: Arc<Mutex<Newest>>,
    thread: Option<JoinHandle<()>>,
}

impl Link {
    /// Starts the trainer's thread. It and the CPU engine's have a lower priority than the window's: without a GPU all of them want the
    /// same cores, and a frame is far shorter than the work under way. `wake` is called when there is something to be read.
    pub fn start(wake: impl Fn() + Send + Sync + 'static) -> Link {
        let (wishes, wished) = channel();
        let (told, notes) = channel();
        let newest = Arc::new(Mutex::new(Newest::default()));
        let mut worker = Worker { told, newest: newest.clone(), wake: Arc::new(wake), session: None, seeker: None };
        // A pool that is there already stays as it is.
        let _ = rayon::ThreadPoolBuilder::new().start_handler(|_| give_way()).build_global();
        let work = move || {
            give_way();
            // A panic of a driver must not leave the window waiting.
            let ended = std::panic::catch_unwind(AssertUnwindSafe(|| worker.work(&wished)));
            if ended.is_err() {
                worker.tell(Note::Failed("the trainer failed unexpectedly; what was saved is kept in the run directory".into()));
            }
            (worker.session, worker.seeker) = (None, None);
            worker.tell(Note::Gone);
        };
        let thread = std::thread::Builder::new().name("trainer".into()).spawn(work).ok();
        Link { wishes, notes, newest, thread }
    }

    /// Sends a wish; false where the trainer's thread is gone.
    pub fn wish(&self, wish: Wish) -> bool {
        self.wishes.send(wish).is_ok()
    }

    /// What was told since the last look, in order, then the newest images.
    pub fn read(&self) -> Vec<Note> {
        let mut notes: Vec<Note> = self.notes.try_iter().collect();
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        notes.extend(newest.preview.take().map(|preview| Note::Event(Event::Preview(preview), None)));
        notes.extend(newest.figure.take().map(|figure| Note::Event(Event::Figure(figure), None)));
        notes.extend(newest.generated.take().map(|image| Note::Event(Event::Generated(image), None)));
        notes.extend(newest.neighbours.take().map(Note::Neighbours));
        notes
    }

    /// Saves, ends the thread and waits for it; what was told last.
    pub fn quit(mut self) -> Vec<Note> {
        self.wish(Wish::Quit);
        if let Some(thread) = self.thread.take() {
            // The thread has caught its own panics.
            let _ = thread.join();
        }
        self.read()
    }
}

/// Lets threads of usual priority go first, where the system allows it.
fn give_way() {
    if let Ok(below_normal) = ThreadPriorityValue::try_from(25) {
        let _ = set_current_thread_priority(ThreadPriority::Crossplatform(below_normal));
    }
}

struct Worker {
    told: Sender<Note>,
    newest: Arc<Mutex<Newest>>,
    wake: Arc<dyn Fn() + Send + Sync>,
    session: Option<Session>,
    /// Made when neighbours are first asked for.
    seeker: Option<Seeker>,
}

impl Worker {
    fn tell(&self, note: Note) {
        // A window that is gone needs no news; the run goes on to be saved.
        let _ = self.told.send(note);
        (self.wake)();
    }

    fn work(&mut self, wishes: &Receiver<Wish>) {
        let names = devices::list().into_iter().map(|listed| listed.info.name).collect();
        self.tell(Note::Devices(names));
        loop {
            let idle = self.session.as_ref().is_none_or(|session| session.trainer.idle());
            let wish = if idle {
                // With nothing to do, only a wish wakes the thread.
                match wishes.recv_timeout(Duration::from_secs(3600)) {
                    Ok(wish) => Some(wish),
                    Err(RecvTimeoutError::Timeout) => None,
                    Err(RecvTimeoutError::Disconnected) => Some(Wish::Quit),
                }
            } else {
                match wishes.try_recv() {
                    Ok(wish) => Some(wish),
                    Err(TryRecvError::Empty) => None,
                    Err(TryRecvError::Disconnected) => Some(Wish::Quit),
                }
            };
            match wish {
                Some(Wish::Quit) => return self.leave(),
                Some(wish) => self.grant(wish),
                None => self.tick(),
            }
        }
    }

    fn grant(&mut self, wish: Wish) {
        match wish {
            Wish::Command(command) => {
                let Some(session) = &mut self.session else { return };
                match session.command(command) {
                    Ok(None) => self.tick(),
                    Ok(Some(refused)) => self.tell(Note::Notice(refused)),
                    Err(error) => self.fail(&error.to_string()),
                }
            }
            Wish::Neighbours(of) => self.neighbours(of),
            Wish::New(config) => {
                self.leave();
                let (told, wake) = (self.told.clone(), &self.wake);
                let created = Session::create(*config, &mut |topic, text| {
                    let _ = told.send(Note::Preparing(topic, text));
                    wake();
                });
                self.begin(created.map_err(|error| error.to_string()), false);
            }
            Wish::Open(path) => {
                self.leave();
                let opened = self.open(&path);
                self.begin(opened, true);
            }
            Wish::Quit => {}
        }
    }

    /// Passes the question on to the thread that seeks, which answers the window by itself.
    fn neighbours(&mut self, of: Preview) {
        let Some(data) = self.session.as_ref().map(|session| session.trainer.data()) else { return };
        // Points have none, and images of a run before would be of another shape.
        if of.images.is_empty() || of.shape[1..] != [data.channels, data.height, data.width] {
            return;
        }
        let (newest, wake) = (self.newest.clone(), self.wake.clone());
        let tell = move |neighbours| {
            newest.lock().unwrap_or_else(PoisonError::into_inner).neighbours = Some(neighbours);
            wake();
        };
        self.seeker.get_or_insert_with(|| Seeker::start(data.clone(), tell)).ask(of);
    }

    fn open(&self, path: &Path) -> Result<Session, String> {
        let (told, wake) = (self.told.clone(), &self.wake);
        let say = &mut |topic, text| {
            let _ = told.send(Note::Preparing(topic, text));
            wake();
        };
        let mut session =
            Session::resume(path, &ResumeOptions { finished: true, ..ResumeOptions::default() }, say).map_err(|error| error.to_string())?;
        session.command(Command::Pause).map_err(|error| error.to_string())?;
        session.command(Command::Preview).map_err(|error| error.to_string())?;
        Ok(session)
    }

    fn begin(&mut self, session: Result<Session, String>, paused: bool) {
        match session {
            Ok(session) => {
                let info = describe(&session, paused);
                self.session = Some(session);
                self.tell(Note::Ready(Box::new(info)));
            }
            Err(error) => self.tell(Note::Refused(error)),
        }
    }

    fn tick(&mut self) {
        let Some(session) = &mut self.session else { return };
        match session.tick(BUDGET) {
            Ok(noted) => self.pass_on(noted),
            Err(error) => self.fail(&error.to_string()),
        }
    }

    fn pass_on(&self, noted: Vec<(Event, Option<PathBuf>)>) {
        for (event, written) in noted {
            let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
            match event {
                // Those that are kept are part of the history; all of them arrive.
                Event::Generated(image) => newest.generated = Some(image),
                Event::Preview(preview) if !preview.kept => newest.preview = Some(preview),
                Event::Figure(figure) if !figure.kept => newest.figure = Some(figure),
                event => {
                    drop(newest);
                    // The window has no use for the tensors.
                    self.tell(Note::Event(event, written));
                    continue;
                }
            }
            drop(newest);
            (self.wake)();
        }
    }

    fn fail(&mut self, error: &str) {
        self.session = None;
        self.tell(Note::Failed(error.into()));
    }

    /// Saves and leaves the run at hand.
    fn leave(&mut self) {
        self.seeker = None;
        self.newest.lock().unwrap_or_else(PoisonError::into_inner).neighbours = None;
        let stopped = self.session.as_mut().is_some_and(|session| !session.trainer.ended() && session.command(Command::Stop).is_ok());
        while stopped && self.session.as_ref().is_some_and(|session| !session.trainer.ended()) {
            self.tick();
        }
        self.session = None;
    }
}

fn describe(session: &Session, paused: bool) -> RunInfo {
    let (trainer, run) = (&session.trainer, &session.run);
    let config = trainer.config();
    let spec = GanSpec::new(config, trainer.data().shape(), trainer.data().count);
    let gan = trainer.gan();
    RunInfo {
        config: config.clone(),
        path: run.path().into(),
        device: trainer.engine().info().to_string(),
        memory_bytes: trainer.engine().memory_bytes(),
        parameters: (gan.generator.network.parameter_count(), gan.discriminator.network.parameter_count()),
        data: (trainer.data().name.clone(), trainer.data().count),
        reals: reals(trainer),
        columns: trainer.columns().to_vec(),
        latents: spec.preview_latents(),
        step: trainer.step(),
        metrics: run.read_metrics(),
        history: run.samples(),
        paused,
    }
}
