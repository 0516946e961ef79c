use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use creel_runtime::{Seeded, Trace};

use super::{Light, step_aside};

/// Runs a program that mixes closures, polls, wakes and waits; the order in which its parts ran, and its trace.
fn play(seed: u64) -> (Vec<u32>, Trace) {
    let seeded = Arc::new(Seeded::new(seed));
    let order = Arc::new(Mutex::new(Vec::new()));
    let light = Light::default();
    for number in 0..4 {
        let (order, light) = (Arc::clone(&order), light.clone());
        let name = format!("sleeper {number}");
        let sleeper = async move {
            light.seen().await;
            order.lock().unwrap().push(number);
            step_aside().await;
            order.lock().unwrap().push(10 + number);
        };
        let _detached = seeded.task().name(name).spawn(sleeper).unwrap();
    }
    let (inner, switched) = (Arc::clone(&seeded), Arc::clone(&order));
    let parent = move || {
        let child = inner.submit(move || light.switch_on()).unwrap();
        child.result().unwrap();
        switched.lock().unwrap().push(100);
    };
    let _detached = seeded.task().name("parent").submit(parent).unwrap();
    seeded.run();
    (std::mem::take(&mut order.lock().unwrap()), seeded.trace())
}

#[test]
fn the_same_seed_gives_the_same_order_and_the_same_trace() {
    for seed in 0..50 {
        let (order, trace) = play(seed);
        assert_eq!(order.len(), 9);
        assert_eq!(play(seed), (order, trace));
    }
}

#[test]
fn different_seeds_give_different_orders_and_traces() {
    let plays: Vec<_> = (0..50).map(play).collect();
    let orders: HashSet<_> = plays.iter().map(|(order, _)| order.clone()).collect();
    let traces: HashSet<_> = plays.iter().map(|(_, trace)| trace.to_string()).collect();
    assert!(orders.len() > 40, "{} orders", orders.len());
    assert!(traces.len() > 40, "{} traces", traces.len());
}

#[test]
fn every_order_of_three_tasks_comes_with_some_seed() {
    let mut orders = HashSet::new();
    for seed in 0..100 {
        let seeded = Seeded::new(seed);
        let order = Arc::new(Mutex::new(Vec::new()));
        for number in 0..3 {
            let order = Arc::clone(&order);
            let _detached = seeded
                .submit(move || order.lock().unwrap().push(number))
                .unwrap();
        }
        assert_eq!(seeded.run(), 3);
        orders.insert(std::mem::take(&mut *order.lock().unwrap()));
    }
    assert_eq!(orders.len(), 6);
}

#[test]
fn a_task_that_is_woken_again_and_again_does_not_keep_others_out() {
    for seed in 0..20 {
        let seeded = Seeded::new(seed);
        let done = Light::default();
        let busy = {
            let done = done.clone();
            seeded
                .spawn(async move {
                    let mut yields = 0;
                    let mut seen = std::pin::pin!(done.seen());
                    loop {
                        let look = futures_executor::block_on(async {
                            std::future::poll_fn(|context| {
                                std::task::Poll::Ready(seen.as_mut().poll(context).is_ready())
                            })
                            .await
                        });
                        if look {
                            return yields;
                        }
                        yields += 1;
                        step_aside().await;
                    }
                })
                .unwrap()
        };
        let _detached = seeded.submit(move || done.switch_on()).unwrap();
        let yields = busy.result().unwrap();
        assert!(yields < 100, "{yields}");
    }
}

#[test]
fn a_trace_tells_each_step_by_task_and_outcome() {
    let seeded = Arc::new(Seeded::new(7));
    let inner = Arc::clone(&seeded);
    let parent = seeded.task().name("parent").submit(move || {
        let panics = inner.task().name("child").submit(|| panic!("oh"));
        panics.unwrap().result().is_err()
    });
    assert!(parent.unwrap().result().unwrap());
    let yields = seeded.task().name("yields").spawn(step_aside()).unwrap();
    yields.result().unwrap();
    let cancelled = seeded.submit(|| ()).unwrap();
    assert!(cancelled.cancel());
    assert!(!seeded.step(), "a cancelled task is no step");
    let trace = seeded.trace();
    assert_eq!(trace.len(), 4);
    assert_eq!(
        trace.to_string(),
        [
            "    0  0ns      #0 `parent` succeeded",
            "    1  0ns        #1 `child` panicked",
            "    2  0ns      #2 `yields` yielded",
            "    3  0ns      #2 `yields` succeeded",
            ""
        ]
        .join("\n")
    );
}
