//! A Rust file taken apart: what ships and what is test, where things begin and end, and its tokens one by one.

use crate::tree::{Finding, TextFile};
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Attribute, Item};

/// One token with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
}

/// A parsed file.
pub(crate) struct RustFile {
    pub(crate) path: String,
    /// Number of lines without `#[cfg(test)]` items.
    pub(crate) lines: usize,
    /// Whether it opens with `//!`.
    pub(crate) opens_with_purpose: bool,
    /// What is not behind `#[cfg(test)]`.
    pub(crate) shipped: Vec<Item>,
    /// What is behind `#[cfg(test)]`.
    pub(crate) tests: Vec<Item>,
    /// Whether another file declares it as a module behind `#[cfg(test)]`.
    pub(crate) declared_test: bool,
}

impl RustFile {
    pub(crate) fn parse(file: &TextFile) -> Result<Self, Finding> {
        let parsed = syn::parse_file(&file.text).map_err(|error| {
            Finding::at(&file.path, error.span().start().line, error.to_string(), "repair it")
        })?;
        let all = file.text.lines().count();
        let (tests, shipped): (Vec<_>, Vec<_>) = parsed.items.into_iter().partition(is_test_only);
        let in_tests: usize = tests.iter().map(|item| line_span(item.span())).sum();
        let opens_with_purpose = file.text.starts_with("//!");
        let (path, lines) = (file.path.clone(), all - in_tests);
        Ok(Self { path, lines, opens_with_purpose, shipped, tests, declared_test: false })
    }

    #[cfg(test)]
    pub(crate) fn sample(path: &str, text: &str) -> Self {
        match Self::parse(&TextFile::sample(path, text)) {
            Ok(parsed) => parsed,
            Err(finding) => panic!("{finding}"),
        }
    }

    /// Whether the whole file is test code: an integration test, a bench, or a module of tests in a file of its own.
    pub(crate) fn is_test(&self) -> bool {
        let apart = ["/tests/", "/benches/"].iter().any(|folder| self.path.contains(folder));
        self.declared_test || self.path.starts_with("tests/") || apart
    }

    /// Where the modules stand that this file declares behind `#[cfg(test)]`.
    pub(crate) fn test_modules(&self) -> Vec<String> {
        let (folder, name) = self.path.rsplit_once('/').unwrap_or((".", &self.path));
        let stem = name.trim_end_matches(".rs");
        let own = matches!(stem, "lib" | "main" | "mod");
        let folder = if own { folder.to_owned() } else { format!("{folder}/{stem}") };
        let declared = self.tests.iter().filter_map(|item| match item {
            Item::Mod(module) if module.content.is_none() => Some(&module.ident),
            _ => None,
        });
        declared.flat_map(|name| [format!("{folder}/{name}.rs"), format!("{folder}/{name}/mod.rs")]).collect()
    }
}

/// The lines from first to last.
fn line_span(span: proc_macro2::Span) -> usize {
    span.end().line - span.start().line + 1
}

/// Everything in `items` as tokens; brackets and braces are tokens too.
pub(crate) fn tokens(items: &[Item]) -> Vec<Token> {
    let mut flat = Vec::new();
    for item in items {
        flatten(item.to_token_stream(), &mut flat);
    }
    flat
}

/// Where the words of `sequence` stand one after the other.
pub(crate) fn find(tokens: &[Token], sequence: &[&str]) -> Vec<usize> {
    let same = |window: &&[Token]| window.iter().zip(sequence).all(|(token, word)| token.text == *word);
    tokens
        .windows(sequence.len())
        .filter(same)
        .filter_map(|window| window.first().map(|it| it.line))
        .collect()
}

fn flatten(stream: TokenStream, flat: &mut Vec<Token>) {
    for tree in stream {
        let line = tree.span().start().line;
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    proc_macro2::Delimiter::Parenthesis => ("(", ")"),
                    proc_macro2::Delimiter::Brace => ("{", "}"),
                    proc_macro2::Delimiter::Bracket => ("[", "]"),
                    proc_macro2::Delimiter::None => ("", ""),
                };
                flat.push(Token { text: open.to_owned(), line });
                flatten(group.stream(), flat);
                flat.push(Token { text: close.to_owned(), line });
            }
            // Text is no code: what a string says is not looked at.
            TokenTree::Literal(_) => flat.push(Token { text: "literal".to_owned(), line }),
            TokenTree::Ident(word) => flat.push(Token { text: word.to_string(), line }),
            TokenTree::Punct(mark) => flat.push(Token { text: mark.to_string(), line }),
        }
    }
}

fn is_test_only(item: &Item) -> bool {
    let attributes: &[Attribute] = match item {
        Item::Mod(it) => &it.attrs,
        Item::Fn(it) => &it.attrs,
        Item::Impl(it) => &it.attrs,
        Item::Struct(it) => &it.attrs,
        Item::Enum(it) => &it.attrs,
        Item::Use(it) => &it.attrs,
        Item::Const(it) => &it.attrs,
        Item::Static(it) => &it.attrs,
        Item::Macro(it) => &it.attrs,
        _ => return false,
    };
    attributes.iter().any(|attribute| {
        let mut flat = Vec::new();
        if let syn::Meta::List(list) = &attribute.meta
            && list.path.is_ident("cfg")
        {
            flatten(list.tokens.clone(), &mut flat);
        }
        let negated = flat.iter().any(|token| token.text == "not");
        !negated && flat.iter().any(|token| token.text == "test")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = "//! Sample.\nfn a() { b::c(\"x::y\"); }\n#[cfg(all(test, unix))]\nmod tests {\n}\n";

    #[test]
    fn test_code_is_told_from_what_ships() {
        let file = RustFile::sample("crates/x/src/a.rs", SAMPLE);
        assert_eq!((file.lines, file.shipped.len(), file.tests.len()), (2, 1, 1));
        assert!(file.opens_with_purpose && !file.is_test());
        assert!(RustFile::sample("crates/x/tests/a.rs", SAMPLE).is_test());
        assert!(RustFile::sample("crates/x/benches/a.rs", SAMPLE).is_test());
    }

    #[test]
    fn a_module_of_tests_in_a_file_of_its_own_is_known() {
        let declares = "#[cfg(test)]\nmod tests;\nmod shipped;\n";
        let modules = |path| RustFile::sample(path, declares).test_modules();
        assert_eq!(modules("crates/x/src/lib.rs"), ["crates/x/src/tests.rs", "crates/x/src/tests/mod.rs"]);
        assert_eq!(modules("crates/x/src/a.rs"), ["crates/x/src/a/tests.rs", "crates/x/src/a/tests/mod.rs"]);
    }

    #[test]
    fn code_is_found_and_text_is_not() {
        let flat = tokens(&RustFile::sample("a.rs", SAMPLE).shipped);
        assert_eq!(find(&flat, &["b", ":", ":", "c", "("]), [2]);
        assert_eq!(find(&flat, &["x", ":", ":", "y"]), Vec::<usize>::new());
    }
}
