"""For notebooks and scripts: studies, plans and reports as values, with tables as pandas frames.

`import stiltsreport` gives `stiltsreport.Study` and `stiltsreport.Report`. What they do is what the commands do, on the same store.
"""
