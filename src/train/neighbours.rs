//! The training image nearest to each generated one, sought on a thread of its own beside the training: does G make images, or copies?

use super::{Neighbours, Preview};
use crate::data::DataSet;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread::JoinHandle,
    time::Instant,
};

/// Training images between looks at whether an answer is still wanted.
const LOOK_EVERY: usize = 64;

/// Values of an image that are compared before a pair is given up as too far apart; their squares fit 32 bits.
const STRIPE: usize = 128;

/// Time at rest for each unit of time at work: training needs the cores more.
const REST: u32 = 3;

/// Seeks neighbours in a data set until it is dropped.
pub struct Seeker {
    // `None` only while it is dropped.
    questions: Option<Sender<Preview>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Seeker {
    /// Starts the thread. Each answer is given to `tell`; a question that comes while it seeks takes the place of those before.
    pub fn start(data: Arc<DataSet>, tell: impl Fn(Neighbours) + Send + 'static) -> Seeker {
        let (questions, asked) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let seek = move || seek(&data, &asked, &stopped, &tell);
        // Without a thread questions go unanswered; training goes on.
        let thread = std::thread::Builder::new().name("neighbours".into()).spawn(seek).ok();
        Seeker { questions: Some(questions), stop, thread }
    }

    /// Asks for the neighbours of images of the data set's shape; returns at once.
    pub fn ask(&self, of: Preview) {
        if let Some(questions) = &self.questions {
            let _ = questions.send(of);
        }
    }
}

impl Drop for Seeker {
    /// No answer comes after this.
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.questions = None;
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

fn seek(data: &DataSet, asked: &Receiver<Preview>, stop: &AtomicBool, tell: &dyn Fn(Neighbours)) {
    while let Ok(first) = asked.recv() {
        let of = asked.try_iter().last().unwrap_or(first);
        let start = Instant::now();
        let Some(found) = nearest(data, &of.images, stop) else { return };
        let images = found.iter().flat_map(|(index, _)| data.image(*index)).copied().collect();
        let images = Preview { images: Arc::new(images), verdicts: Arc::default(), ..of.clone() };
        let (indices, squares): (Vec<usize>, Vec<u64>) = found.into_iter().unzip();
        let distances = squares.into_iter().map(|square| ((square as f64).sqrt() / 255.0) as f32).collect();
        tell(Neighbours { of, images, indices, distances });
        if !stop.load(Ordering::Relaxed) {
            std::thread::park_timeout(start.elapsed() * REST);
        }
    }
}

/// For each of `images` `[n, pixels]` the index of the nearest training image, the first of several, and the square of its distance in
/// steps of 1/255; `None` where it was stopped.
fn nearest(data: &DataSet, images: &[u8], stop: &AtomicBool) -> Option<Vec<(usize, u64)>> {
    let pixels = data.pixels();
    let mut found = vec![(0, u64::MAX); images.len() / pixels];
    for (index, real) in data.bytes().chunks_exact(pixels).enumerate() {
        if index % LOOK_EVERY == 0 && stop.load(Ordering::Relaxed) {
            return None;
        }
        for (image, nearest) in images.chunks_exact(pixels).zip(&mut found) {
            if let Some(square) = square_below(image, real, nearest.1) {
                *nearest = (index, square);
            }
        }
    }
    Some(found)
}

/// The squared distance, where it is below `least`.
fn square_below(a: &[u8], b: &[u8], least: u64) -> Option<u64> {
    let mut sum = 0;
    for (a, b) in a.chunks(STRIPE).zip(b.chunks(STRIPE)) {
        let square = |(a, b): (&u8, &u8)| {
            let difference = i32::from(*a) - i32::from(*b);
            difference * difference
        };
        sum += a.iter().zip(b).map(square).sum::<i32>() as u64;
        if sum >= least {
            return None;
        }
    }
    Some(sum)
}
