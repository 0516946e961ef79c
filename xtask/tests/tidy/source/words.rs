//! Cutting a text into words and comments.

use std::ops::Range;

use proc_macro2::{Delimiter, LexError, TokenStream, TokenTree};

/// What kind of word it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name or a keyword.
    Name,
    /// A sign; `::` is one.
    Sign,
    /// A number or a quoted text.
    Literal,
    /// One of `(`, `[`, `{`.
    Open,
    /// One of `)`, `]`, `}`.
    Close,
}

/// A token of the language.
#[derive(Debug)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) kind: Kind,
    pub(crate) line: usize,
    /// For brackets, the index of the one that closes or opens this one; else the word's own index.
    pub(crate) partner: usize,
}

/// One line of a comment, documentation or not.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Comment {
    pub(crate) line: usize,
    pub(crate) text: String,
}

/// Cuts a text into its words and the lines of its comments, both in order.
pub(crate) fn cut(text: &str) -> Result<(Vec<Word>, Vec<Comment>), LexError> {
    let mut cutter = Cutter {
        text,
        line_starts: text
            .match_indices('\n')
            .map(|(index, _)| index + 1)
            .collect(),
        words: Vec::new(),
        comments: Vec::new(),
        seen: 0,
    };
    cutter.take(text.parse()?);
    cutter.skip_to(text.len());
    Ok((cutter.words, cutter.comments))
}

struct Cutter<'a> {
    text: &'a str,
    /// Where the second line and those after it start.
    line_starts: Vec<usize>,
    words: Vec<Word>,
    comments: Vec<Comment>,
    /// How far the text was looked at.
    seen: usize,
}

impl Cutter<'_> {
    fn take(&mut self, stream: TokenStream) {
        let mut tokens = stream.into_iter().peekable();
        while let Some(token) = tokens.next() {
            let range = match &token {
                TokenTree::Group(group) => group.span_open().byte_range(),
                token => token.span().byte_range(),
            };
            if matches!(&token, TokenTree::Punct(sign) if sign.as_char() == '#') && range.len() > 1
            {
                // A documentation comment comes as an attribute, each token with the place of the comment.
                self.skip_to(range.end);
                tokens.next_if(|token| matches!(token, TokenTree::Punct(_)));
                tokens.next();
                continue;
            }
            self.skip_to(range.start);
            self.seen = range.end;
            match token {
                TokenTree::Group(group) => {
                    let (open, close) = match group.delimiter() {
                        Delimiter::Parenthesis => ("(", ")"),
                        Delimiter::Brace => ("{", "}"),
                        Delimiter::Bracket => ("[", "]"),
                        Delimiter::None => ("", ""),
                    };
                    let opened = self.push(open, Kind::Open, &range);
                    self.take(group.stream());
                    let range = group.span_close().byte_range();
                    self.skip_to(range.start);
                    self.seen = range.end;
                    let closed = self.push(close, Kind::Close, &range);
                    self.words[opened].partner = closed;
                    self.words[closed].partner = opened;
                }
                TokenTree::Ident(name) => {
                    self.push(&name.to_string(), Kind::Name, &range);
                }
                TokenTree::Literal(literal) => {
                    self.push(&literal.to_string(), Kind::Literal, &range);
                }
                TokenTree::Punct(sign) => {
                    let is_second_colon = sign.as_char() == ':'
                        && self.text[..range.start].ends_with(':')
                        && self.words.last().is_some_and(|word| word.text == ":");
                    if is_second_colon {
                        self.words.last_mut().expect("just seen").text.push(':');
                    } else {
                        self.push(&sign.to_string(), Kind::Sign, &range);
                    }
                }
            }
        }
    }

    fn push(&mut self, text: &str, kind: Kind, range: &Range<usize>) -> usize {
        let index = self.words.len();
        self.words.push(Word {
            text: text.to_owned(),
            kind,
            line: self.line(range.start),
            partner: index,
        });
        index
    }

    /// Between two words there is nothing but space and comments.
    fn skip_to(&mut self, end: usize) {
        let mut start = self.seen;
        for line in self.text[start.min(end)..end].split_inclusive('\n') {
            let text = line.trim();
            if !text.is_empty() {
                self.comments.push(Comment {
                    line: self.line(start),
                    text: text.to_owned(),
                });
            }
            start += line.len();
        }
        self.seen = self.seen.max(end);
    }

    /// The line of a place in the text, from 1.
    fn line(&self, place: usize) -> usize {
        self.line_starts.partition_point(|&start| start <= place) + 1
    }
}
