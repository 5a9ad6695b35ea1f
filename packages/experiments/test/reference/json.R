# A list of numbers, texts and lists as JSON with all digits: base R only.
json <- function(x) {
  if (is.null(x)) return("null")
  if (is.list(x)) {
    if (is.null(names(x))) return(paste0("[", paste(vapply(x, json, ""), collapse = ","), "]"))
    return(paste0("{", paste(sprintf('"%s":%s', names(x), vapply(x, json, "")), collapse = ",\n"), "}"))
  }
  if (is.factor(x)) x <- as.character(x)
  one <- function(v) if (is.character(v)) paste0('"', v, '"') else if (is.logical(v)) tolower(as.character(v)) else ifelse(is.finite(v), sprintf("%.17g", v), "null")
  cells <- vapply(unname(x), one, "")
  if (length(x) == 1 && !inherits(x, "AsIs")) cells else paste0("[", paste(cells, collapse = ","), "]")
}
emit <- function(x) cat(json(c(list(source = R.version.string), x)), "\n", sep = "")
