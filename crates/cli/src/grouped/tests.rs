use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

use creel_core::port::ServiceError;
use creel_core::{Context, Service};
use creel_protocols::{Answer, Features, Payload, Request};
use creel_runtime::ThreadPool;
use serde_json::{Value, json};

use super::Grouped;

/// Doubles the first number of each row, refuses whatever has a 13, and keeps how many rows were in each request.
#[derive(Clone, Default)]
struct Doubles {
    asked: Arc<Mutex<Vec<usize>>>,
    is_down: bool,
}

impl Service<Request> for Doubles {
    type Response = Answer;

    async fn call(&self, request: Request, _: &Context) -> Result<Answer, ServiceError> {
        let Payload::Features(features) = request.payload else {
            return Err(ServiceError::Rejected("no features".into()));
        };
        self.asked.lock().unwrap().push(features.row_count());
        if self.is_down {
            return Err(ServiceError::Unavailable("refused".into()));
        }
        let rows = features.values().chunks(features.columns());
        if features.values().contains(&13.0) {
            return Err(ServiceError::Rejected("thirteen".into()));
        }
        let doubled: Vec<f64> = rows.clone().map(|row| row[0] * 2.0).collect();
        let both: Value = rows.flatten().copied().collect();
        let outputs = json!({ "doubled": doubled, "both": both });
        Ok(Answer {
            outputs: outputs.as_object().cloned().unwrap(),
        })
    }
}

/// Asks about each number at once, in rows of that number and its negative.
fn ask(service: Doubles, rows_max: usize, numbers: &[f64]) -> Vec<Result<Value, String>> {
    let pool = ThreadPool::builder().max_workers(2).build().unwrap();
    let grouped = Arc::new(Grouped::new(service, NonZeroUsize::new(rows_max).unwrap()));
    let futures: Vec<_> = numbers
        .iter()
        .map(|&number| {
            let grouped = Arc::clone(&grouped);
            let request = Request::new("r", Features::row([number, -number]));
            pool.spawn(async move { grouped.call(request, &creel_runtime::context()).await })
                .unwrap()
        })
        .collect();
    futures
        .into_iter()
        .map(|future| match future.result().unwrap() {
            Ok(answer) => Ok(Value::Object(answer.outputs)),
            Err(error) => Err(error.to_string()),
        })
        .collect()
}

fn answer(number: f64) -> Result<Value, String> {
    Ok(json!({ "doubled": [number * 2.0], "both": [number, -number] }))
}

#[test]
fn each_row_gets_its_own_part_of_the_answer() {
    let service = Doubles::default();
    let numbers: Vec<f64> = (0..10).map(f64::from).filter(|n| *n != 13.0).collect();
    let answers = ask(service.clone(), 4, &numbers);
    let expected: Vec<_> = numbers.iter().map(|number| answer(*number)).collect();
    assert_eq!(answers, expected);
    let asked = service.asked.lock().unwrap();
    assert_eq!(asked.iter().sum::<usize>(), 10);
    assert!(asked.iter().all(|rows| *rows <= 4));
}

#[test]
fn a_row_that_is_refused_spoils_no_other() {
    let service = Doubles::default();
    let answers = ask(service.clone(), 3, &[1.0, 13.0, 2.0]);
    assert_eq!(answers[0], answer(1.0));
    assert_eq!(answers[1], Err("the service rejected the request".into()));
    assert_eq!(answers[2], answer(2.0));
}

#[test]
fn a_server_that_is_down_is_not_asked_for_each_row() {
    let service = Doubles {
        is_down: true,
        ..Doubles::default()
    };
    let answers = ask(service.clone(), 3, &[1.0, 2.0, 3.0]);
    let down = Err("the service cannot be reached".to_owned());
    assert_eq!(answers, [down.clone(), down.clone(), down]);
    let asked = service.asked.lock().unwrap();
    assert_eq!(asked.iter().sum::<usize>(), 3, "{asked:?}");
}

#[test]
fn rows_of_another_width_go_by_themselves() {
    let pool = ThreadPool::builder().max_workers(2).build().unwrap();
    let grouped = Arc::new(Grouped::new(
        Doubles::default(),
        NonZeroUsize::new(2).unwrap(),
    ));
    let rows = [vec![1.0, -1.0], vec![2.0]];
    let futures = rows.map(|row| {
        let grouped = Arc::clone(&grouped);
        let request = Request::new("r", Features::row(row));
        pool.spawn(async move { grouped.call(request, &creel_runtime::context()).await })
            .unwrap()
    });
    let [first, second] = futures.map(|future| future.result().unwrap().unwrap().outputs);
    assert_eq!(first["doubled"], json!([2.0]));
    assert_eq!(second["doubled"], json!([4.0]));
}
