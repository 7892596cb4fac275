"""View: what people look at and what other tools read.

`reporting` (console and HTML report), `pictures` (matplotlib), `exports` (workbook, FOCUS rows, tables, LP
and MPS). In: plans and the records of studies. Out: text, pages, files. May not enter: decisions; a view
computes no cost that the plan or a study does not state.
"""
