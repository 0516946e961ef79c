use serde_json::{Map, json};

use super::*;
use crate::Protocol;
use crate::sample::{answered, body, document, objection, picture, refusal, text, two_texts};

fn model() -> Embeddings {
    Embeddings::new("m")
}

#[test]
fn a_text_is_a_string_and_several_are_a_list() {
    assert_eq!(
        body(model(), &text()),
        json!({"model": "m", "input": "Grüße"})
    );
    assert_eq!(
        body(model(), &two_texts()),
        json!({"model": "m", "input": ["one", "two"]})
    );
    let parameters = Map::from_iter([("dimensions".to_owned(), json!(8))]);
    assert_eq!(
        body(Embeddings::new("").with_parameters(parameters), &text()),
        json!({"dimensions": 8, "input": "Grüße"})
    );
}

#[test]
fn pictures_are_not_carried() {
    assert_eq!(
        refusal(model(), &picture()),
        "the protocol of embeddings cannot carry a picture"
    );
}

#[test]
fn the_root_of_the_paths_can_be_in_the_servers_url() {
    for (root, path) in [("/v1", "/v1/embeddings"), ("", "/embeddings")] {
        let protocol = Protocol::from(model().with_root(root));
        assert_eq!(protocol.encode(&text()).unwrap().uri(), path);
        let document = document("/v1/embeddings", &json!({"input": "a"}));
        assert_eq!(protocol.encode(&document).unwrap().uri(), path);
    }
}

#[test]
fn a_vector_is_given_with_the_count_of_tokens() {
    let reply = json!({"object": "list", "data": [{"object": "embedding", "index": 0,
        "embedding": [0.5, -1]}], "model": "m", "usage": {"prompt_tokens": 3}});
    assert_eq!(
        answered(model(), &text(), &reply),
        json!({"embedding": [0.5, -1], "usage": {"prompt_tokens": 3}})
    );
}

#[test]
fn a_vector_in_a_list_is_taken_out_and_one_for_each_token_stays() {
    let reply = |embedding| json!({"data": [{"index": 0, "embedding": embedding}]});
    assert_eq!(
        answered(model(), &text(), &reply(json!([[0.5, -1]]))),
        json!({"embedding": [0.5, -1]})
    );
    assert_eq!(
        answered(model(), &text(), &reply(json!([[0.5], [1]]))),
        json!({"embedding": [[0.5], [1]]})
    );
}

#[test]
fn vectors_stand_in_the_order_of_their_texts() {
    let reply = json!({"data": [{"index": 1, "embedding": [2]}, {"index": 0, "embedding": [1]}]});
    assert_eq!(
        answered(model(), &two_texts(), &reply),
        json!({"embeddings": [[1], [2]]})
    );
    let unnumbered = json!({"data": [{"embedding": [1]}, {"embedding": [2]}]});
    assert_eq!(
        answered(model(), &two_texts(), &unnumbered),
        json!({"embeddings": [[1], [2]]})
    );
}

#[test]
fn more_or_fewer_vectors_than_texts_are_refused() {
    let one = json!({"data": [{"index": 0, "embedding": [1]}]});
    let error = objection(model(), &two_texts(), &one);
    assert!(matches!(error, ReplyError::RowCount { .. }), "{error}");
    let two = json!({"data": [{"index": 0, "embedding": [1]}, {"index": 1, "embedding": [1]}]});
    let error = objection(model(), &text(), &two);
    assert!(matches!(error, ReplyError::RowCount { .. }), "{error}");
    let document = document("", &json!({"input": ["a", "b"]}));
    let error = objection(model(), &document, &one);
    assert!(matches!(error, ReplyError::RowCount { .. }), "{error}");
}

#[test]
fn an_index_that_comes_twice_or_is_beyond_is_refused() {
    for second in [0, 2, -1] {
        let reply =
            json!({"data": [{"index": 0, "embedding": [1]}, {"index": second, "embedding": [1]}]});
        let error = objection(model(), &two_texts(), &reply);
        assert!(
            matches!(error, ReplyError::Missing { name: "index", .. }),
            "{error}"
        );
    }
}

#[test]
fn what_is_no_vector_is_refused() {
    for embedding in [
        json!(null),
        json!([]),
        json!([[]]),
        json!([1, "a"]),
        json!([[1], 2]),
        json!(""),
        json!(5),
    ] {
        let error = objection(
            model(),
            &text(),
            &json!({"data": [{"index": 0, "embedding": embedding}]}),
        );
        assert!(
            matches!(
                error,
                ReplyError::Missing {
                    name: "embedding",
                    ..
                }
            ),
            "{error}"
        );
    }
}

#[test]
fn entries_that_are_no_objects_are_refused() {
    for entry in [json!(5), json!(null), json!([1]), json!({})] {
        let error = objection(model(), &text(), &json!({"data": [entry]}));
        assert!(matches!(error, ReplyError::Missing { .. }), "{error}");
    }
}

#[test]
fn a_document_is_sent_and_answered_as_it_is() {
    let own = document(
        "/v1/embeddings",
        &json!({"model": "other", "input": [5, 7]}),
    );
    assert_eq!(
        body(model(), &own),
        json!({"model": "other", "input": [5, 7]})
    );
    let reply = json!({"data": [{"index": 0, "embedding": [1]}], "object": "list"});
    assert_eq!(answered(model(), &own, &reply), reply);
}
