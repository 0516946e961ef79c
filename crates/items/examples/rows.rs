//! Reads rows of numbers, and tells what is wrong with one of them.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use creel_items::{Items, Rows};

const FLOWERS: &str = "\
name,id,petal_length,petal_width
rose,a,1.4,0.2
tulip,b,long,1.4
lily,c,6.0,2.5
";

fn main() -> Result<(), Box<dyn Error>> {
    let columns = ["petal_width", "petal_length"].map(str::to_owned);
    let mut rows = Rows::new(FLOWERS.as_bytes(), &columns)?;
    while let Some(found) = rows.next()? {
        match found.payload {
            Ok(payload) => println!("{}: {payload:?}", found.id),
            Err(problem) => println!("{}, line {}: {problem}", found.id, found.line),
        }
    }
    Ok(())
}
