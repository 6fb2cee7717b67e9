//! Nothing to import: the tests are beside this folder.
