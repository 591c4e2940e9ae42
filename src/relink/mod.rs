//! What relink decides: which real path takes the place of a stand-in's, and
//! how it fits there. Files are read and written by `commands::relink`.

pub mod edit;
pub mod exchange;
pub mod hidden;
pub mod manifest;
pub mod masking;
mod named;
pub mod python_cache;
pub mod replace;
pub mod scan;
pub mod search_path;
pub mod startup;
pub mod tally;
pub mod target;
