use super::*;

#[test]
fn a_quote_that_is_never_closed_takes_the_rows_behind_it_and_no_more_time_than_others() {
    let text = "a,b\n\"1,2\n".to_owned() + &"3,4\n".repeat(500_000);
    let mut rows = Rows::new(text.as_bytes(), &[]).unwrap();
    let found = rows.next().unwrap().unwrap();
    assert!(matches!(found.payload, Err(Problem::OpenQuote)));
    assert_eq!(found.original.unwrap().len(), text.len() - "a,b\n\n".len());
    assert!(rows.next().unwrap().is_none());
}
