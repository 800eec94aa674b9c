"""Every code a user may meet: what it means and what to do about it. `cycles explain CODE` reads it aloud."""

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Entry:
    """One code: a title, what it means, and the general remedy."""

    title: str
    meaning: str
    fix: str


CATALOGUE = MappingProxyType(
    {
        # CY1xx: names, parameters, files that are not there
        "CY101": Entry(
            "Unknown key",
            "A key of a parameter, mapping or instrument file is not one we know; it would have been ignored.",
            "Correct the spelling; the nearest known key is named beside it.",
        ),
        "CY102": Entry(
            "Unknown name",
            "An estimator, indicator, adapter, check, instrument, scale or contract of that name does not exist.",
            "Use one of the names listed beside it, or `cycles list`.",
        ),
        "CY103": Entry(
            "Not plain YAML",
            "The file cannot be read as strict YAML: a duplicate key, an alias, a tag, a syntax error, or too large.",
            "Write each key once, without anchors (&, *) or tags (!), in at most 256 KB.",
        ),
        "CY104": Entry(
            "File not found",
            "A file that was named is neither in the workspace nor in the folders of CYCLES_DATA.",
            "Put the file there, correct the path, or set CYCLES_DATA to the folder that holds it.",
        ),
        "CY105": Entry(
            "Value not allowed",
            "A value of a parameter file is missing, of the wrong type, or outside its range.",
            "Write a value of the kind described beside the key.",
        ),
        "CY107": Entry(
            "No workspace",
            "No cycles.toml was found in the folder or any folder above it.",
            "Run `cycles init DIR` to make a workspace, or go to one.",
        ),
        "CY108": Entry(
            "Not a safe name",
            "Names of cycles, sources and measures become file names: lower-case letters, digits, - and _, at most 64.",
            "Choose a name such as check-ins-2026-fall.",
        ),
        "CY110": Entry(
            "No notebook of that kind",
            "The kind of a parameter file names its notebook, and there is none of that name.",
            "Use a kind that has a notebook in notebooks/.",
        ),
        # CY2xx: data and contracts
        "CY201": Entry(
            "File cannot be read",
            "The file is not text we can decode, is empty, holds NUL bytes, or a quoted field never ends.",
            "Export it again as CSV in UTF-8.",
        ),
        "CY202": Entry(
            "Not the format it says",
            "The file's first bytes are those of something else: a web page, an archive, a pointer to large storage.",
            "Download the real file; an error page or a pointer was saved in its place.",
        ),
        "CY203": Entry(
            "Rows of the wrong length",
            "Rows have more or fewer fields than the header, so their values stand under the wrong columns.",
            "Export the file again; check for unquoted commas or a trailing delimiter.",
        ),
        "CY204": Entry(
            "Column named twice",
            "Two columns of the file have the same name, so it cannot be known which one is meant.",
            "Rename one of them in the export.",
        ),
        "CY205": Entry(
            "Mapping does not fit the file",
            "The mapping names columns that the file does not have.",
            "Correct the mapping in params/mappings/, or export the columns.",
        ),
        "CY206": Entry(
            "Label without a code",
            "The file holds labels that the mapping gives no code for.",
            "Add each label under `recode` in the mapping.",
        ),
        "CY207": Entry(
            "Unsafe archive",
            "The archive is too large, expands too much, or names files outside itself.",
            "Ask the sender for a plain bundle.",
        ),
        "CY208": Entry(
            "Bundle is incomplete",
            "The bundle lacks a file that it must have.",
            "Export the bundle again with every file of its manifest.",
        ),
        "CY209": Entry(
            "No header found",
            "It cannot be seen which row names the columns, or two rows could be it.",
            "Say it in the mapping: `reading: {header_line: N}`, or `names:` for a file without one.",
        ),
        "CY210": Entry(
            "Contract cannot be used",
            "The contract file is not a valid Open Data Contract, or holds a rule that cannot be compiled.",
            "Correct the contract in data_contracts/.",
        ),
        "CY211": Entry(
            "Column missing",
            "The table lacks a column that its contract requires.",
            "Export the column, or map it in params/mappings/.",
        ),
        "CY212": Entry(
            "Contract broken",
            "More rows break the contract than it tolerates, or a critical rule failed; the run stops.",
            "Correct the rows listed in the quarantine and run again.",
        ),
        "CY213": Entry(
            "Undeclared codes",
            "Answers hold codes that the instrument does not declare.",
            "If a code means a missing answer, declare it under `missing` in the instrument.",
        ),
        "CY214": Entry(
            "Rule could not run",
            "A rule of the contract could not be evaluated; that is neither a pass nor a fail.",
            "Correct the rule or the column it reads.",
        ),
        "CY215": Entry(
            "Too few rows",
            "The table has fewer rows than its contract promises; an empty file would pass every other rule.",
            "Check that the export is whole.",
        ),
        "CY216": Entry(
            "Conflicting duplicates",
            "The same id appears more than once with different content; every such row is set aside.",
            "Decide which row is right and remove the others from the export.",
        ),
        "CY217": Entry(
            "One column for several items",
            "Two items of an instrument are read from the same column.",
            "Map each item to its own column.",
        ),
        "CY218": Entry(
            "Labels contradict the data",
            "Value labels stored in the file do not fit the values, or stand for several codes at once.",
            "Ask where the file comes from; put the right codes under `recode` in the mapping.",
        ),
        "CY219": Entry(
            "File looks cut off",
            "The file is growing, does not end with a line break, or is shorter than its sender promised.",
            "Wait for the upload, or export it again. An exporter that never ends a file so: `reading: {final_line_break: absent}`.",
        ),
        "CY220": Entry(
            "Two ways to read it",
            "The file can be read in more than one way, and the ways give different tables.",
            "Say which: `reading: {delimiter: ..., quote: ..., encoding: ...}` in the mapping.",
        ),
        "CY221": Entry(
            "Series break",
            "A measure is not the same before and after: wording, codes or definition changed, or nearly every site jumped at once.",
            "Compare only periods on one side of it; declare it under `seriesBreaks` in the contract.",
        ),
        "CY222": Entry(
            "Different from the last delivery",
            "Columns, categories, missing values or participation differ from the delivery before.",
            "Ask the sender what changed before trusting a comparison over time.",
        ),
        "CY223": Entry(
            "Reference to nobody",
            "Rows name an id that the table they refer to does not have.",
            "Correct the id, or deliver the rows that it refers to.",
        ),
        "CY224": Entry(
            "Breaking change without a new major version",
            "The contract changed in a way that breaks comparison or its users, but its version does not say so.",
            "Raise the first number of its version, and tell those who use it.",
        ),
        "CY225": Entry(
            "Source cannot be reached",
            "A database or an interface did not answer, refused the credentials, or kept failing.",
            "Check the address, the credentials in the environment, and that the service is up.",
        ),
        "CY226": Entry(
            "Read with losses",
            "Some of the file could not be read with certainty and was set aside or repaired; what, and where, is said.",
            "Check the lines named, or export the file again.",
        ),
        "CY227": Entry(
            "No such sheet or table",
            "The workbook or database has no sheet, table or resource of that name, or has several and none was named.",
            "Name one under `reading` in the mapping.",
        ),
        "CY228": Entry(
            "Dates that can be read in two ways",
            "Day and month can be exchanged in every date of the column.",
            "Give the format under `dates` in the mapping.",
        ),
        "CY229": Entry(
            "Formulas without values",
            "Cells hold formulas that were never calculated, or errors such as #REF!.",
            "Open the workbook, let it calculate, save it, and export it again.",
        ),
        "CY230": Entry(
            "Text encoded twice",
            "Accented letters look as if UTF-8 had been read as Windows text and saved again.",
            "Export the file again as UTF-8.",
        ),
        "CY231": Entry(
            "Missing codes that nobody declared",
            "The file marks codes as missing that neither the instrument nor the contract declares.",
            "Declare them under `missing` in the instrument, or `missingCodes` in the contract.",
        ),
        "CY232": Entry(
            "Revision cannot be made again",
            "A delivery that the revision used is no longer kept, or its contract or instrument is not what it was then.",
            "Put back the contract and instrument of that time, or run the cycle on what is there now.",
        ),
        "CY233": Entry(
            "Numbers written in another way",
            "Numbers of a column are not written as the mapping says, and would be taken for other numbers.",
            "Correct `numbers` in the mapping; name codes of missing values under `keep`.",
        ),
        "CY234": Entry(
            "Part of a source is gone",
            "The part of a source that belongs to this school is no longer kept, or is not what was written.",
            "Run the district's file again: `cycles run params/FILE.yml` reads its sources and writes the parts anew.",
        ),
        # CY3xx: designs and estimates
        "CY301": Entry(
            "Panel not usable",
            "The table does not hold the columns that the design names, or a unit appears twice in it.",
            "Name columns that exist; keep one row per unit.",
        ),
        "CY302": Entry(
            "No comparison arm",
            "Nobody with an outcome is in one of the two arms, so there is nothing to compare.",
            "Name both arms in `contrast`, or use a one-group design and say that it shows change, not effect.",
        ),
        "CY303": Entry(
            "One cluster per arm",
            "An arm has a single cluster: the change and that cluster cannot be told apart.",
            "Use several classrooms or schools in each arm.",
        ),
        "CY304": Entry(
            "Outcome does not vary",
            "Every unit has the same outcome, so no difference can be estimated.",
            "Check the outcome's column and scoring.",
        ),
        "CY305": Entry(
            "Terms cannot be told apart",
            "The arm is a combination of covariates or blocks (collinear), so its effect cannot be separated.",
            "Remove the columns named beside it from the covariates or blocks.",
        ),
        "CY306": Entry(
            "Too few units",
            "An arm has fewer units with an outcome than the declared minimum.",
            "Collect more outcomes, or join groups.",
        ),
        "CY307": Entry(
            "Few clusters",
            "An arm has two or three clusters: the difference is described, without interval, p-value or decision.",
            "Use at least four clusters in each arm.",
        ),
        "CY308": Entry(
            "No outcome",
            "No unit of the design has the outcome.",
            "Check the wave or window, and that ids match between the sources.",
        ),
        "CY309": Entry(
            "Not a finite number",
            "An outcome, baseline or covariate holds infinity or text.",
            "Correct the column; write missing values as missing.",
        ),
        "CY310": Entry(
            "Estimator does not fit the design",
            "The estimator needs something that the design does not have, such as a baseline.",
            "Choose another estimator, or name what it needs in `design`.",
        ),
        "CY313": Entry(
            "Mixed model not settled",
            "No variances were found at which the mixed model's likelihood is highest, judged by its own slope.",
            "Use fewer terms, or `ancova` with CR2 standard errors.",
        ),
        "CY314": Entry(
            "Arms do not overlap",
            "Some combination of the covariates or blocks is found in one arm only, so the other holds nobody to compare with.",
            "Leave out the columns or blocks named beside it, widen the caliper, or find a comparison group that is more alike.",
        ),
        "CY315": Entry(
            "Comparison cannot be balanced",
            "No weights make the comparison's means of the covariates equal to those of the change arm: they lie outside its range.",
            "Balance fewer covariates, or find a comparison group that is more alike.",
        ),
        "CY316": Entry(
            "Weights cannot be used",
            "Weights are missing, infinite, negative or zero, or not a number.",
            "Give every unit a weight above zero, or leave the weights out.",
        ),
        "CY317": Entry(
            "Missing values cannot be drawn",
            "In an arm too few units have a variable to draw the missing values of the others from.",
            "Leave that covariate out, or leave `estimate.missing` out: units without it are then left out and counted.",
        ),
        "CY318": Entry(
            "Outcome is separated",
            "Some combination of arm, blocks and covariates tells a yes-or-no outcome without fail, so its odds have no end.",
            "Use fewer covariates or blocks, or say `options: {separation: firth}`.",
        ),
        "CY319": Entry(
            "Assignment hardly moved what was received",
            "Nearly as many received the change in the one group as in the other, so an effect on those who received it is not held down.",
            "Report the effect of being assigned, and find out why so few took the change up.",
        ),
        "CY321": Entry(
            "Too few points in a phase",
            "A case has fewer than five points before the change or under it (described only), or fewer than three (nothing is told).",
            "Measure at least five times before the change begins, and five times after.",
        ),
        "CY322": Entry(
            "Too few periods",
            "A series has fewer than eight periods before the change or under it (described only), or fewer than three (nothing is told).",
            "Add earlier periods, wait for more, or measure in shorter periods.",
        ),
        "CY323": Entry(
            "Likelihood not settled",
            "With the values that were observed the likelihood has not settled on a maximum.",
            "Leave out covariates that hardly anybody has, or use `missing: {method: multiple_imputation}`.",
        ),
        # CY4xx: disclosure
        "CY401": Entry(
            "Names a person",
            "The table has a row per person; only aggregates can be shown.",
            "Show counts or means of groups instead.",
        ),
        "CY402": Entry(
            "No alternative text",
            "A figure or table needs a sentence that says what it shows.",
            "Give `alt=`.",
        ),
        # CY5xx: runs
        "CY501": Entry(
            "Notebook failed",
            "A cell of the notebook failed for a reason of its own.",
            "Read run.log in the run folder (restricted), or run the notebook in JupyterLab.",
        ),
        "CY503": Entry(
            "Busy",
            "Another run holds this cycle.",
            "Wait until it has finished; the message names the holder.",
        ),
        "CY504": Entry(
            "Could not write",
            "A file could not be written; what stood there before is unchanged.",
            "Free some space, or check who may write in the folder.",
        ),
        "CY505": Entry(
            "Run not found",
            "There is no run of that name, or it left no results.",
            "`cycles status` lists the runs.",
        ),
        "CY506": Entry(
            "Interrupted",
            "The run was stopped before it finished; nothing was published.",
            "Run it again.",
        ),
        "CY507": Entry(
            "Internal error",
            "Something we did not foresee. Your data are unchanged.",
            "Send run.log (restricted: read it first) to the maintainers.",
        ),
        "CY508": Entry(
            "The ledger does not answer",
            "The database that holds the ledger could not be reached or kept saying that it is in use, for a minute; nothing was lost.",
            "See that the server runs and may be reached (CYCLES_LEDGER, PGPASSWORD or ~/.pgpass), then run it again.",
        ),
        "CY509": Entry(
            "The ledger cannot be used",
            "The ledger was written by a newer cycles, or its file is damaged; it was left as it is.",
            "Upgrade cycles; or restore .cycles/ledger.sqlite from a copy.",
        ),
        "CY510": Entry(
            "Took too long",
            "The notebook was ended because it took longer than it may.",
            "Give it more time (--timeout), or see in its executed copy which cell it was in.",
        ),
        "CY511": Entry(
            "Needed too much memory",
            "The notebook was ended because it and what it started held more memory than it may.",
            "Allow more (--memory-limit), run fewer at a time, or read less of the data.",
        ),
        "CY512": Entry(
            "Kernel cannot be forked",
            "A forked kernel was asked for, and this machine or environment cannot give one; the reason stands beside it.",
            'Let cycles choose (kernel = "auto"), or run plain kernels (--plain-kernel).',
        ),
        "CY515": Entry(
            "Worker lost",
            "The process that ran this school's cycle ended without an answer, more often than it is tried again.",
            "Look for a lack of memory (--jobs, --memory-limit), then run the same command: what is done is not done again.",
        ),
    }
)
