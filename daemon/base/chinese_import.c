/*
 * Files that are imported: shortlists and calendars. chinese.c has the rules of a row.
 */
#include "base/chinese_parts.h"

/* clang-format off */

const struct phrase chinese_import[] = {
	/* ---- import ---- */
	{ "1 row or cell is wrong; nothing was imported", "有 1 处错误；未导入任何内容" },
	{ "%s rows or cells are wrong; nothing was imported", "共有 %1 处错误；未导入任何内容" },
	{ "1 unit is on this %s already; the %s cap is %s; it can be passed with a recorded reason (--reason)",
	  "该&1已有 1 个揭榜单位；&2上限为 %3 个；说明理由（--reason）并记录后可以超过" },
	{ "1 unit is on this %s already; the %s cap is %s", "该&1已有 1 个揭榜单位；&2上限为 %3 个" },
	{ "%s units are on this %s already; the %s cap is %s; it can be passed with a recorded reason (--reason)",
	  "该&2已有 %1 个揭榜单位；&3上限为 %4 个；说明理由（--reason）并记录后可以超过" },
	{ "%s units are on this %s already; the %s cap is %s", "该&2已有 %1 个揭榜单位；&3上限为 %4 个" },
	{ "the same lead and project stand on this task already", "该任务下已有相同的牵头单位和项目" },
	{ "the programme has no track %s", "本批次没有赛道“%1”" },
	{ "the programme has more than one task %s; name the track, or write the task's id",
	  "本批次有多个任务“%1”；请写明赛道，或填写任务编号" },
	{ "the programme has no task %s on track %s; did you mean %s?", "本批次赛道“%2”没有任务“%1”；是否指“%3”？" },
	{ "the programme has no task %s on track %s", "本批次赛道“%2”没有任务“%1”" },
	{ "the programme has no task %s; did you mean %s?", "本批次没有任务“%1”；是否指“%2”？" },
	{ "the programme has no task %s", "本批次没有任务“%1”" },
	{ "the programme has no shortlist class %s", "本批次没有名单类别“%1”" },
	{ "%s partners; at most %s are allowed", "联合体单位有 %1 家；最多 %2 家" },
	{ "more than %s partners", "联合体单位超过 %1 家" },
	{ "%s is in the consortium twice", "%1 在联合体中重复" },
	{ "the file has a header and no rows", "文件只有表头，没有数据行" },
	{ "the request has no CSV body", "请求没有 CSV 内容" },
	{ "cannot read the spooled file: %s", "无法读取上传的文件：%1" },
	{ "line %s, byte %s of the file: %s", "第 %1 行，文件第 %2 字节：&3" },
	{ "line %s: the header is not understood: the column %s is missing", "第 %1 行：无法识别表头：缺少“%2”列" },
	{ "line %s: the header is not understood: the column %s stands twice, as \"%s\" too",
	  "第 %1 行：无法识别表头：“%2”列重复（另写作“%3”）" },
	{ "line %s: the header is not understood: %s", "第 %1 行：无法识别表头：&2" },
	{ "line %s: %s", "第 %1 行：&2" },
	{ "unknown column \"%s\", did you mean %s?; known: %s", "未知的列“%1”，是否指“%2”？可用：%3" },
	{ "unknown column \"%s\"; known: %s", "未知的列“%1”；可用：%2" },
	{ "unknown column %s", "未知的列 %1" },
	{ "known columns: %s", "可用的列：%1" },
	{ "the cells are separated by tabs; save as comma-separated CSV", "单元格以制表符分隔；请另存为逗号分隔的 CSV" },
	{ "the cells are separated by ;, save as comma-separated CSV", "单元格以分号分隔；请另存为逗号分隔的 CSV" },
	{ "the column %s is missing", "缺少“%1”列" },
	{ "the column %s stands twice, as \"%s\" too", "“%1”列重复（另写作“%2”）" },
	{ "more than 64 columns", "超过 64 列" },
	{ "longer than %s bytes: \"%s…\"", "超过 %1 字节：“%2…”" },
	{ "holds a NUL or another control character", "含有控制字符" },
	{ "a cell under a column without a name", "该单元格所在的列没有列名" },
	{ "%s cells, the header has %s", "有 %1 个单元格，而表头有 %2 列" },
	{ "the file is empty", "文件是空的" },
	{ "the cell that begins here has no end: a closing quote is missing", "从此处开始的单元格没有结束：缺少右引号" },
	{ "a quote stands inside a cell: quote the whole cell and double the quotes in it",
	  "单元格中有引号：请给整个单元格加引号，并将其中的引号写成两个" },
	{ "the quoted cell that begins here is never closed", "从此处开始的带引号单元格没有结束" },
	{ "only a title, no header", "只有标题，没有表头" },
	{ "no rows below the header", "表头下面没有数据行" },
	{ "not UTF-8, as the file was up to here", "此处不是 UTF-8，而之前都是" },
	{ "not GB18030, as the file was up to here", "此处不是 GB18030，而之前都是" },
	{ "neither UTF-8 nor GB18030", "既不是 UTF-8，也不是 GB18030" },
	{ "the file ends inside a character", "文件在一个字符中间结束" },
	{ "the file is not UTF-8, and this system can't convert GB18030: %s", "文件不是 UTF-8，而本系统无法转换 GB18030：%1" },
	{ "an Excel workbook (.xlsx), not CSV", "是 Excel 工作簿（.xlsx），不是 CSV" },
	{ "an old Excel workbook (.xls), not CSV", "是旧版 Excel 工作簿（.xls），不是 CSV" },
	{ "a PDF document, not CSV", "是 PDF 文档，不是 CSV" },
	{ "UTF-16 text", "是 UTF-16 文本" },
	{ "save the list as \"CSV UTF-8\" and try again", "请将名单另存为“CSV UTF-8”后重试" },

	/* ---- calendars ---- */
	{ "the first line must be date,kind,name", "第一行必须是 date,kind,name" },
	{ "a row has three fields: date,kind,name", "每行有三个字段：date,kind,name" },
	{ "not a date YYYY-MM-DD", "不是 YYYY-MM-DD 形式的日期" },
	{ "the kind is neither holiday nor workday", "kind 必须是 holiday 或 workday" },
	{ "a make-up workday must be a Saturday or Sunday", "调休上班日必须是周六或周日" },
	{ "the day is listed twice", "该日期重复" },
	{ "the name is too long", "名称过长" },
	{ "not UTF-8 text, or a control character in it", "不是 UTF-8 文本，或含有控制字符" },
	{ "a quote is misplaced or not closed", "引号位置错误或没有结束" },
	{ "no day is listed", "没有列出任何日期" },

	{ "calendar:%s: %s: \"%s\"", "日历第 %1 行：&2：“%3”" },
	{ "calendar:%s: %s", "日历第 %1 行：&2" },
};

/* clang-format on */

const size_t n_chinese_import = sizeof(chinese_import) / sizeof(chinese_import[0]);
