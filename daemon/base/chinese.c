/*
 * Sentences by pattern: a row holds the English words as they stand in the source, with %s for each value that was
 * filled in, and the Chinese, where %1 … %6 are those values as they came and &1 … &6 are values that are words of ours
 * themselves ("soft", "submitted", a reason). The first row that fits wins, so the special stands before the general.
 *
 * The alternative, a second text at each of some two hundred places that refuse, would have made every one of them
 * longer; and a sentence that has no row yet is only said in English.
 */
#include "jiebang/chinese.h"

#include "base/chinese_parts.h"

#include <stddef.h>
#include <string.h>

#define VALUES_MAX 6

/* clang-format off */

static const struct phrase phrases[] = {
	/* ---- states and moves ---- */
	{ "%s is %s: %s is not possible; possible: nothing", "%1 当前为“&2”，不能“&3”；没有可执行的操作" },
	{ "%s is %s: %s is not possible; possible: %s", "%1 当前为“&2”，不能“&3”；可执行：&4" },
	{ "%s is %s; only due, held and dead deliveries can be retried", "%1 当前为“&2”；只有待发送、已搁置和已失败的投递可以重发" },
	{ "un_%s is %s: it owes nothing any more", "un_%1 当前为“&2”，不再承担义务" },
	{ "endpoint %s is disabled; enable it, and its held messages follow", "接收端 %1 已停用；请先启用，搁置的消息会随之发出" },
	{ "%s is disabled; enable it first", "%1 已停用，请先启用" },
	{ "the delivery is no longer %s", "投递已不再是“&1”" },
	{ "scheduled", "未开始" }, { "open", "待提交" }, { "submitted", "已提交" }, { "returned", "已退回" },
	{ "accepted", "审核通过" }, { "waived", "已豁免" }, { "cancelled", "已取消" },
	{ "applied", "已申报" }, { "recommended", "已推荐" }, { "shortlisted", "已入围" }, { "delivering", "攻关中" },
	{ "acceptance_requested", "已申请验收" }, { "under_evaluation", "测评中" }, { "passed", "通过" },
	{ "not_passed", "未通过" }, { "winner", "优胜" }, { "pending_decision", "待决定" }, { "withdrawn", "已退出" },
	{ "terminated", "已终止" }, { "revoked", "已撤销" },
	{ "due", "待发送" }, { "sending", "发送中" }, { "delivered", "已送达" }, { "held", "已搁置" }, { "dead", "已失败" },
	{ "superseded", "已被取代" },
	{ "submit", "提交" }, { "return", "退回" }, { "accept", "审核通过" }, { "waive", "豁免" }, { "cancel", "取消" },
	{ "withdraw", "退出" }, { "terminate", "终止" }, { "revoke", "撤销" }, { "resume", "恢复" }, { "publish", "公布" },
	{ "request_acceptance", "申请验收" }, { "assign_evaluator", "委托测评" }, { "pass", "通过" }, { "fail", "不通过" },
	{ "win", "评为优胜" }, { "window_ended", "攻关期结束" }, { "recommend", "推荐" }, { "shortlist", "入围" },
	{ "soft", "软性" }, { "hard", "硬性" }, { "task", "任务" }, { "track", "赛道" }, { "programme", "批次" },

	/* ---- forms and materials ---- */
	{ "the content does not fit the form %s: mistakes: %s, the first one at %s", "内容不符合表单 %1：共 %2 处错误，第一处在 %3" },
	{ "the form is shown by: %s", "查看填写要求：%1" },
	{ "%s can't be accepted: %s required items of the checklist %s have no file: %s",
	  "%1 不能审核通过：材料清单 %3 中有 %2 项必需材料没有文件：%4" },
	{ "hand them in: %s", "提交材料：%1" },
	{ "%s (%s) takes no files: its rule names no checklist", "%1（%2）不收文件：其规则没有材料清单" },
	{ "the checklist %s has no item \"%s\"; did you mean \"%s\"?; its items: %s",
	  "材料清单 %1 没有项目“%2”；是否指“%3”？项目有：%4" },
	{ "the checklist %s has no item \"%s\"; its items: %s", "材料清单 %1 没有项目“%2”；项目有：%3" },
	{ "%s takes files that end in %s, not \"%s\"", "%1 只收以 %2 结尾的文件，不收“%3”" },
	{ "the file has %s bytes; a file of %s has at most %s", "文件有 %1 字节；%2 的文件不得超过 %3 字节" },
	{ "the files of %s take %s of at most %s bytes; %s more do not fit", "批次 %1 的文件已用 %2 字节，上限 %3 字节；再加 %4 字节放不下" },
	{ "remove what is not needed, or raise material_quota in the programme's file",
	  "请撤回不需要的文件，或在批次文件中调高 material_quota" },
	{ "the disk has %s bytes free and %s are promised; with this upload fewer than materials.min_free, %s, would be left",
	  "磁盘空闲 %1 字节，其中 %2 字节已预留；再接收此文件，剩余将少于 materials.min_free（%3 字节）" },
	{ "make room on the disk; reports are still taken", "请清理磁盘；报告仍可提交" },
	{ "%s uploads are under way, as many as materials.uploads_max allows", "已有 %1 个上传在进行，达到 materials.uploads_max 的上限" },
	{ "item must be an item of the checklist", "item 必须是材料清单中的项目" },
	{ "name must be a file's name of at most 255 bytes, without folders", "name 必须是不带文件夹、不超过 255 字节的文件名" },
	{ "sha256 must be 64 lower-case hex digits", "sha256 必须是 64 位小写十六进制数字" },
	{ "size_bytes must be a number of bytes, at least 1", "size_bytes 必须是字节数，至少为 1" },
	{ "author must be a text of at most 255 bytes", "author 必须是不超过 255 字节的文字" },
	{ "there is no such upload, or not any more; begin it anew", "没有这个上传，或已失效；请重新开始" },
	{ "another request is at work on this upload", "另一个请求正在写入该上传" },
	{ "what came hashes to %s, not to what was announced; it was thrown away", "收到内容的哈希为 %1，与事先声明的不符；已丢弃" },
	{ "a removal needs its reason", "撤回须说明理由" },
	{ "ma_%s was removed already", "ma_%1 已被撤回" },
	{ "ma_%s was removed", "ma_%1 已被撤回" },
	{ "%s is accepted: its files are evidence", "%1 已审核通过：其文件作为凭据不能撤回" },
	{ "%s is %s: its files stay as they are", "%1 当前为“&2”：其文件不再变动" },
	{ "the range is not in the file", "文件中没有这个范围" },
	{ "the file of ma_%s is missing", "ma_%1 的文件丢失" },
	{ "the file of ma_%s has %s bytes instead of %s", "ma_%1 的文件有 %2 字节，应为 %3 字节" },
	{ "a check of the files is under way", "正在校验文件" },
	{ "there is no material %s", "没有材料 %1" },

	/* ---- what is not there ---- */
	{ "there is no programme \"%s\"", "没有批次“%1”" },
	{ "there is no programme %s; did you mean %s?", "没有批次 %1；是否指 %2？" },
	{ "there is no programme with the id given as `programme`", "没有参数 programme 所指的批次" },
	{ "there is no programme with this id", "没有这个编号的批次" },
	{ "there is no programme %s", "没有批次 %1" },
	{ "recommender: this programme has no unit that it recommended", "recommender：该批次没有其推荐的单位" },
	{ "there is no text %s", "没有名为 %1 的文字" },
	{ "the obligation is not this unit's; give one of the two",
	  "该义务事项不属于这个揭榜单位；请只给其中一个" },
	{ "there is no obligation %s", "没有义务事项 %1" },
	{ "there is no unit %s", "没有揭榜单位 %1" },
	{ "there is no submission %s", "没有提交 %1" },
	{ "there is no endpoint %s", "没有接收端 %1" },
	{ "there is no valid token %s", "没有有效的令牌 %1" },
	{ "there is no delivery with this id", "没有这个编号的投递" },
	{ "there is no message with this id", "没有这个编号的消息" },
	{ "there is no delivery %s", "没有投递 %1" },
	{ "there is no such delivery", "没有这个投递" },
	{ "there is no such message", "没有这个消息" },
	{ "there is no such unit", "没有这个揭榜单位" },
	{ "there is no such resource", "没有这个资源" },
	{ "there is nothing with this id; ids here look like %s", "没有这个编号；此处的编号形如 %1" },
	{ "there is nothing with this id", "没有这个编号" },
	{ "there is nothing to speak of under this key", "这个编号下没有内容" },
	{ "there is no rule %s", "没有规则 %1" },

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

	/* ---- publication ---- */
	{ "%s has no shortlisted unit; import the shortlist first", "%1 没有入围单位；请先导入入围名单" },
	{ "date must be a day as YYYY-MM-DD, not \"%s\"", "date 必须是 YYYY-MM-DD 形式的日期，而不是“%1”" },
	{ "%s: its file does not know the length of the window (%s); nothing can be planned",
	  "%1：批次文件没有攻关期长度（%2），无法生成计划" },
	{ "date %s is before the notice of %s, which is of %s", "日期 %1 早于 %2 的通知日期 %3" },
	{ "the date is in the future: reminders count from it", "日期在将来：提醒从该日起算" },
	{ "the date is more than a year back: what has come due since is said at once",
	  "日期已过去一年以上：此后到期的事项将立即提醒" },
	{ "a window that begins on %s ends after the year %s", "从 %1 开始的攻关期会超过 %2 年" },
	{ "%s was published on %s already; if that date is wrong, correct it with its reason (--correct --reason)",
	  "%1 已于 %2 公布；如日期有误，请说明理由后更正（--correct --reason）" },
	{ "%s is not published: there is no date to correct", "%1 尚未公布，没有可更正的日期" },
	{ "%s is not published: there is nothing to shift", "%1 尚未公布，没有可顺延的期限" },
	{ "only units that are added to a published list have an anchor of their own; publish the list first",
	  "只有名单公布后增加的单位可以另定起算日；请先公布名单" },
	{ "a correction moves the publication; a unit's own anchor stays", "更正的是公布日期；单位自己的起算日不变" },
	{ "a unit's own window begins after the publication, not before it", "单位自己的攻关期从公布之后起算，不能更早" },
	{ "the window would end after the year %s", "攻关期会超过 %1 年" },

	/* ---- changes and moves ---- */
	{ "un_%s is %s: %s is made %s", "un_%1 当前为“&2”：“&3”&4" },
	{ "by the recommender's confirmation", "由推荐单位确认推荐名单产生" },
	{ "by importing the shortlist (unit import)", "由导入入围名单（unit import）产生" },
	{ "by publishing the programme (programme publish)", "由公布批次（programme publish）产生" },
	{ "by filing the acceptance request (report submit)", "由提交验收申请（report submit）产生" },
	{ "by the daemon when the window ends", "在攻关期满时由系统产生" },
	{ "there is no move \"%s\"; of a unit that is %s, possible: %s", "没有操作“%1”；单位当前为“&2”，可执行：&3" },
	{ "un_%s is %s: nothing is to be decided", "un_%1 当前为“&2”，没有需要决定的事项" },
	{ "un_%s is %s: nothing about it changes any more", "un_%1 当前为“&2”，不再变更" },
	{ "un_%s is %s: only of a unit that is delivering the window moves; decide about this one: decision resolve --as resume",
	  "un_%1 当前为“&2”：只有攻关中的单位可以调整攻关期；请作出决定：decision resolve --as resume" },
	{ "un_%s is %s: only of a unit that is delivering the window moves", "un_%1 当前为“&2”：只有攻关中的单位可以调整攻关期" },
	{ "as must be resume, terminate or revoke", "as 必须是 resume、terminate 或 revoke" },
	{ "this needs its reason", "必须说明理由" },
	{ "this needs its approver: who decided it?", "必须写明批准人：由谁决定？" },
	{ "this needs the number of the document it stands on", "必须写明所依据的文号" },
	{ "a change is recorded when it has taken effect, and that day is still to come", "变更生效后才登记，而该日期尚未到来" },
	{ "kind must be lead, partner, contact, content, extension or window; a withdrawal, termination or revocation is a move",
	  "kind 必须是 lead、partner、contact、content、extension 或 window；退出、终止、撤销属于操作（move）" },
	{ "%s is missing: what is it from now on?", "缺少 %1：变更后是什么？" },
	{ "%s is that already", "%1 与现在相同" },
	{ "the contact is that already", "联系方式与现在相同" },
	{ "how must be renamed (the same organisation under another name) or replaced (another one)",
	  "how 必须是 renamed（同一单位更名）或 replaced（更换单位）" },
	{ "%s would be in the consortium of un_%s twice", "%1 将在 un_%2 的联合体中重复" },
	{ "a unit with this lead and project stands on the task of un_%s already", "un_%1 的任务下已有相同的牵头单位和项目" },
	{ "name a partner to add, or to remove, or both", "请写明增加或退出的联合参与单位" },
	{ "un_%s has no partner of this name now; names are written exactly as in `unit show`",
	  "un_%1 目前没有这个联合参与单位；名称须与 unit show 所示完全一致" },
	{ "partners of un_%s now: %s; at most %s are allowed", "un_%1 现有联合参与单位 %2 家；最多 %3 家" },
	{ "a phone number has at least 5 digits, and beside them only + - ( ) and blanks",
	  "电话号码至少 5 位数字，此外只能有 + - ( ) 和空格" },
	{ "an e-mail address is like name@example.cn", "电子邮箱形如 name@example.cn" },
	{ "%s knows no extension; extensions of un_%s so far: %s; one that was granted all the same is recorded with its document number (--doc-no)",
	  "%1 不设延期；un_%2 已延期 %3 次；经批准的延期须以文号登记（--doc-no）" },
	{ "extensions of un_%s so far: %s; at most %s without a document number (--doc-no)",
	  "un_%1 已延期 %2 次；没有文号（--doc-no）最多 %3 次" },
	{ "an extension has at most %s months without a document number (--doc-no); extensions of un_%s so far: %s",
	  "没有文号（--doc-no）时，一次延期最多 %1 个月；un_%2 已延期 %3 次" },
	{ "an extension is asked for %s months before the window ends: that was until %s",
	  "延期须在攻关期满前 %1 个月提出，即 %2 之前" },
	{ "give months or ends_on, not both", "months 与 ends_on 只能写一个" },
	{ "by how many months?", "多少个月？" },
	{ "on which day does the window end?", "攻关期在哪一天结束？" },
	{ "its window is over: until when does it go on? Give months, or ends_on",
	  "攻关期已满：延续到何时？请写 months 或 ends_on" },
	{ "the window would end before today; a new end is still to come", "攻关期的新期限须在今天之后" },
	{ "winners of this %s so far: %s; the %s cap is %s; it can be passed with a recorded reason (--reason)",
	  "该&1已有优胜单位 %2 家；&3上限为 %4 家；说明理由（--reason）并记录后可以超过" },
	{ "winners of this %s so far: %s; the %s cap is %s", "该&1已有优胜单位 %2 家；&3上限为 %4 家" },

	/* ---- filing, reviewing ---- */
	{ "a return needs a comment that says what to correct", "退回时必须说明需要改正什么" },
	{ "a cancellation needs its reason", "取消时必须说明理由" },
	{ "a waiver needs its reason", "豁免时必须说明理由" },
	{ "a hold needs its reason", "暂停提醒时必须说明理由" },
	{ "a release needs its reason", "恢复提醒时必须说明理由" },
	{ "an extension needs its reason", "延期时必须说明理由" },
	{ "a hold ends with its last day, and today is %s already", "暂停于其最后一日结束，而今天已是 %1" },
	{ "%s is submitted and nobody is reminded of it: there is nothing to hold", "%1 已提交，本不再提醒，无可暂停" },
	{ "%s is not held", "%1 未被暂停" },
	{ "%s is held: nobody is reminded of it; release it, and its messages go", "%1 已暂停提醒；恢复后，其消息随之发出" },
	{ "it is due on %s already: an extension gives a later day", "截止日已是 %1；延期须给出更晚的日期" },
	{ "today is %s: an extension gives a day that is not past", "今天是 %1；延期不能给出已过的日期" },
	{ "the window of %s ends on %s: an acceptance request can't be due on %s", "%1 的攻关期于 %2 结束，验收申请的截止日不能是 %3" },
	{ "extend the unit's window first, if its programme allows it", "如批次规则允许，请先延长该单位的攻关期" },
	{ "the report is empty: it needs a summary, its content, or the receipt number of the official system",
	  "报告为空：须有摘要、内容，或官方系统的回执号" },
	{ "%s opens on %s and is due on %s: rule %s takes nothing before the opening day",
	  "%1 于 %2 开放、%3 截止；按规则 %4，开放日之前不予受理" },
	{ "%s must be a day as YYYY-MM-DD, not \"%s\"", "%1 必须是 YYYY-MM-DD 形式的日期，而不是“%2”" },
	{ "an obligation needs a name", "义务事项须有名称" },
	{ "the due date is past already", "截止日已过" },
	{ "the due date is more than ten years ahead", "截止日不能超过十年以后" },
	{ "it can't open after it is due", "开放日不能晚于截止日" },
	{ "it can't open more than ten years before it is due", "开放日不能早于截止日十年以上" },
	{ "kind must be ad_hoc, progress_report, midterm_review or material",
	  "kind 须为 ad_hoc、progress_report、midterm_review 或 material" },
	{ "%s has no rule %s; did you mean %s?", "批次 %1 没有规则 %2；是否指 %3？" },
	{ "%s has no rule %s", "批次 %1 没有规则 %2" },
	{ "the file of %s has no ladder: nobody could be reminded", "批次 %1 的文件没有提醒阶梯，无人可提醒" },
	{ "%s is %s: nothing can be asked of it", "%1 当前为“&2”，不能追加义务事项" },
	{ "%s is %s: it has no plan to keep", "%1 当前为“&2”，没有可执行的里程碑计划" },
	{ "no file defines the programme of %s any more", "%1 所属批次已没有对应的文件" },
	{ "the weights come to %s; they must come to 100", "权重合计为 %1，须为 100" },
	{ "n is the number of a milestone that the plan has; leave it out for a new one",
	  "n 是计划中已有里程碑的序号；新里程碑请不要填写" },
	{ "this milestone stands twice", "该里程碑重复出现" },
	{ "name must be a text of 1 to 255 bytes", "name 须为 1 至 255 字节的文字" },
	{ "weight must be a number from 1 to 100", "weight 须为 1 至 100 的整数" },
	{ "percent must be a number from 0 to 100", "percent 须为 0 至 100 的整数" },
	{ "planned_on must be a day as YYYY-MM-DD, within 20 years", "planned_on 须为 YYYY-MM-DD 形式、20 年以内的日期" },
	{ "actual_on must be a day as YYYY-MM-DD that is not to come", "actual_on 须为 YYYY-MM-DD 形式、不晚于今天的日期" },
	{ "a milestone that was reached is at 100 percent", "已完成的里程碑，完成百分比须为 100" },
	{ "milestones must be a list of 1 to 64, each {\"name\",\"weight\",\"planned_on\"}",
	  "milestones 须为 1 至 64 项的列表，每项为 {\"name\",\"weight\",\"planned_on\"}" },
	{ "n must be the number of one of the %s milestones of %s", "n 须为 %2 的 %1 个里程碑之一的序号" },
	{ "hold", "暂停提醒" }, { "release", "恢复提醒" }, { "extend", "延期" },
	{ "content must be a JSON object", "content 必须是 JSON 对象" },
	{ "the form is shown by: jiebangctl report form --obligation %s",
	  "查看表格：jiebangctl report form --obligation %1" },
	{ "%s: %s wanted, %s given", "所填内容不符合表格（%1）" },

	/* ---- endpoints, deliveries, tokens ---- */
	{ "owner names no unit; write unit:un_7", "owner 没有指明揭榜单位；请写成 unit:un_7" },
	{ "owner must be unit:ID, recommender:NAME or office", "owner 必须是 unit:编号、recommender:名称 或 office" },
	{ "owner is missing: unit:ID, recommender:NAME or office", "缺少 owner：unit:编号、recommender:名称 或 office" },
	{ "no unit has this recommender; write its name exactly as in the shortlist",
	  "没有单位由它推荐；名称须与入围名单完全一致" },
	{ "secret must be whsec_ and the base64 of 24 to 64 bytes", "secret 必须是 whsec_ 加 24 到 64 字节的 base64" },
	{ "url is missing", "缺少 url" },
	{ "this version knows the format \"standard\" (Standard Webhooks) only", "本版本只支持 standard（Standard Webhooks）格式" },
	{ "options must be a JSON object", "options 必须是 JSON 对象" },
	{ "there is no option \"%s\"; did you mean \"%s\"?; there are: %s", "没有选项“%1”；是否指“%2”？可用：%3" },
	{ "there is no option \"%s\"; there are: %s", "没有选项“%1”；可用：%2" },
	{ "%s takes %s", "%1 的取值：&2" },
	{ "1 to 64 attempts at once", "1 至 64，同时进行的投递数" },
	{ "true or false: one message after the other", "true 或 false：是否逐条按序投递" },
	{ "1 to 120 seconds for a whole attempt", "1 至 120 秒，一次投递的总时限" },
	{ "1 to 16 waits between attempts, each 1 second to 7 days", "1 至 16 个重试间隔，每个 1 秒至 7 天" },
	{ "signature must be hmac or ed25519", "signature 须为 hmac 或 ed25519" },
	{ "a key pair is made here, and only its public half leaves: give no secret", "密钥对在本机生成，只公开公钥；请不要提供 secret" },
	{ "overlap_s takes 0 to 2592000 seconds (30 days); default 86400 (a day)", "overlap_s 的取值：0 至 2592000 秒（30 天）；默认 86400（一天）" },
	{ "ep_%s has %s secrets that sign, the most there can be; the first of them ends at %s", "接收端 ep_%1 已有 %2 个密钥同时签名，已达上限；最早的一个于 %3 失效" },
	{ "rotate then, or with an overlap of 0, which ends all earlier ones at once", "请届时再更换，或将重叠时间设为 0，使此前的密钥立即失效" },
	{ "endpoint ep_%s was deleted: nothing is sent to it", "接收端 ep_%1 已删除，不再向其发送" },
	{ "true or false", "true 或 false" }, { "1.2 or 1.3", "1.2 或 1.3" },
	{ "an address of this machine, IPv4 or IPv6", "本机的一个地址，IPv4 或 IPv6" },
	{ "http://, https://, socks5:// or socks5h:// with host and port, no user and no path, or none",
	  "http://、https://、socks5:// 或 socks5h:// 加主机和端口，不带用户名和路径；或 none" },
	{ "the full path of a PEM file, at most 255 bytes", "PEM 文件的完整路径，不超过 255 字节" },
	{ "client_cert needs client_key; one file with both may be named twice", "有 client_cert 须有 client_key；同一文件含二者时可写两次" },
	{ "client_key needs client_cert", "有 client_key 须有 client_cert" },
	{ "https_only needs a URL of https", "https_only 只能用于 https 地址" },
	{ "ca_file is refused: %s", "ca_file 被拒绝：&1" }, { "client_cert is refused: %s", "client_cert 被拒绝：&1" },
	{ "client_key is refused: %s", "client_key 被拒绝：&1" },
	{ "there is no such file", "没有这个文件" }, { "the daemon may not read the file", "守护进程无权读取该文件" },
	{ "the file can't be read", "文件无法读取" }, { "it is not a regular file", "不是普通文件" },
	{ "the file is larger than 4 MiB", "文件超过 4 MiB" },
	{ "there is no certificate in the file (PEM)", "文件中没有证书（PEM）" },
	{ "there is no private key without a pass phrase in the file (PEM)", "文件中没有不带口令的私钥（PEM）" },
	{ "the key is not the certificate's", "私钥与证书不配对" },
	{ "%s has an endpoint with this URL already", "%1 已有这个地址的接收端" },
	{ "the endpoint's URL is refused: %s", "接收端地址被拒绝：&1" },
	{ "give a public http(s) URL; an operator can allow other addresses in egress.allow",
	  "请使用公网 http(s) 地址；其他地址由管理员在 egress.allow 中允许" },
	{ "unspecified address", "未指定地址" }, { "private address", "内网地址" }, { "shared address (CGNAT)", "运营商共享地址" },
	{ "loopback address", "回环地址" }, { "link-local address", "链路本地地址" }, { "site-local address", "站点本地地址" },
	{ "reserved address", "保留地址" }, { "documentation address", "文档示例地址" }, { "benchmarking address", "测试用地址" },
	{ "multicast address", "组播地址" }, { "broadcast address", "广播地址" }, { "local translation address", "本地转换地址" },
	{ "malformed address", "地址格式错误" }, { "unknown address family", "未知的地址类型" }, { "malformed URL", "URL 格式错误" },
	{ "user information in the URL", "URL 中含有用户信息" }, { "port out of range", "端口超出范围" },
	{ "port of another protocol", "端口属于其他协议" }, { "no usable host in the URL", "URL 中没有可用的主机" },
	{ "scheme not allowed", "协议不允许" }, { "only https is allowed", "只允许 https" }, { "zone in the address", "地址中含有区域" },
	{ "URL too long", "URL 过长" },
	{ "state must be \"held\" or \"dead\"", "state 必须是 held 或 dead" },
	{ "endpoint must be an id such as ep_7", "endpoint 必须是 ep_7 这样的编号" },
	{ "created_from must be a day or an instant such as 2025-03-01T09:00:00+08:00", "created_from 必须是日期，或 2025-03-01T09:00:00+08:00 这样的时刻" },
	{ "created_until must be a day or an instant such as 2025-03-01T09:00:00+08:00", "created_until 必须是日期，或 2025-03-01T09:00:00+08:00 这样的时刻" },
	{ "expires_on must be a day as YYYY-MM-DD", "expires_on 必须是 YYYY-MM-DD 形式的日期" },
	{ "expires_on %s is over already", "expires_on %1 已经过去" },
	{ "a silence needs something to match: programme, track, task, unit, recommender, recipient or kind",
	  "静默须指明范围：批次、赛道、任务、单位、推荐单位、发送对象或义务事项类别" },
	{ "unit must be an id such as un_7", "unit 须为 un_7 这样的编号" },
	{ "a silence needs its reason", "静默须写明原因" },
	{ "there is no track \"%s\"", "没有赛道“%1”" },
	{ "there is no task \"%s\"", "没有任务“%1”" },
	{ "there is no recommender \"%s\"", "没有推荐单位“%1”" },
	{ "there is no silence si_%s", "没有静默 si_%1" },
	{ "si_%s is over already", "静默 si_%1 已经结束" },
	{ "recipient must be unit, recommender, office or reviewer", "recipient 须为 unit、recommender、office 或 reviewer" },
	{ "kind must be a kind of obligation, such as progress_report", "kind 须为义务事项类别，如 progress_report" },
	{ "%s is %s: nobody is reminded of it", "%1 当前为 %2，不再提醒" },
	{ "until %s is not ahead; it must lie ahead, at most %s days", "until %1 不在将来；须在将来，至多 %2 天" },
	{ "until %s is too far; it must lie ahead, at most %s days", "until %1 太远；须在将来，至多 %2 天" },
	{ "this version knows the role \"admin\" only", "本版本只有 admin 角色" },
	{ "name is missing: who is it for?", "缺少 name：令牌给谁使用？" },

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

	/* ---- the clock ---- */
	{ "the clock went %s by %s days %s hours; check it, then: jiebangctl clock accept",
	  "时钟&1了 %2 天 %3 小时；请检查后执行：jiebangctl clock accept" },
	{ "back", "倒退" }, { "ahead", "前跳" }, { "forward", "前跳" },
	{ "the clock is real; only a simulated clock can be advanced", "时钟是真实的；只有模拟时钟可以推进" },
	{ "this daemon runs on the real clock", "服务使用真实时钟" },
	{ "only a daemon started with clock = \"simulated:…\" can be advanced", "只有以 clock = \"simulated:…\" 启动的服务可以推进时钟" },
	{ "a simulated clock can't go back", "模拟时钟不能倒退" },
	{ "to lies before the clock; it only goes forward", "to 早于当前时钟；时钟只能前进" },
	{ "the body has an unknown member; known here: by, to, jump", "请求含有未知成员；可用：by、to、jump" },
	{ "give either by or to", "请给出 by 或 to 其中之一" },
	{ "jump must be true or false", "jump 必须是 true 或 false" },
	{ "by must be a duration like 90s, 20m, 6h, 30d or 2w", "by 必须是 90s、20m、6h、30d 或 2w 这样的时长" },
	{ "by is longer than 200 years", "by 超过 200 年" },
	{ "to must be an instant like 2024-09-02T00:00:00+08:00 or a date", "to 必须是 2024-09-02T00:00:00+08:00 这样的时刻或日期" },
	{ "the clock is being advanced already", "时钟正在推进" },
	{ "the daemon is stopping; the clock stands at %s and goes on from there", "服务正在停止；时钟停在 %1，之后从此处继续" },
	{ "the daemon is stopping", "服务正在停止" },
	{ "the daemon stopped meanwhile", "服务已停止" },

	/* ---- requests ---- */
	{ "this resource knows %s", "该资源支持 %1" },
	{ "too many failed sign-ins from this address, wait a minute", "该地址登录失败次数过多，请等一分钟" },
	{ "on this socket only root and the daemon's own user may ask", "该套接字只允许 root 和服务自身的用户使用" },
	{ "a token is wanted: Authorization: Bearer jb_…", "需要令牌：Authorization: Bearer jb_…" },
	{ "the token is unknown, revoked or expired", "令牌未知、已吊销或已过期" },
	{ "too many requests wait for events", "等待事件的请求过多" },
	{ "Idempotency-Key must be 1 to %s visible ASCII characters", "Idempotency-Key 必须是 1 到 %1 个可见的 ASCII 字符" },
	{ "this Idempotency-Key was used for a different request; take a new key",
	  "这个 Idempotency-Key 已用于另一个请求；请换一个" },
	{ "the object has changed since it was read; read it again and decide anew", "读取之后对象已经变化；请重新读取后再决定" },
	{ "the request body can't be read back", "无法读回请求内容" },
	{ "a JSON object is expected as the body", "请求内容须为 JSON 对象" },
	{ "the body must be a JSON object", "请求内容必须是 JSON 对象" },
	{ "a CSV file is expected as the body", "请求内容须为 CSV 文件" },
	{ "Content-Type must be %s", "Content-Type 必须是 %1" },
	{ "too many open files, try again", "打开的文件过多，请重试" },
	{ "the target has a malformed percent-escape, an encoded NUL or text that is not UTF-8",
	  "请求地址中的百分号转义有误，或不是 UTF-8" },
	{ "the query has an unknown parameter; known here: %s", "查询含有未知参数；可用：%1" },
	{ "the query has a parameter, and none is known here", "此处不接受查询参数" },
	{ "cursor is not one that this list gave out", "cursor 不是由这个列表给出的" },
	{ "unknown member \"%s\"; did you mean \"%s\"?", "未知成员“%1”；是否指“%2”？" },
	{ "unknown member \"%s\"", "未知成员“%1”" },
	{ "%s has %s bytes; at most %s are kept", "%1 有 %2 字节；最多保存 %3 字节" },
	{ "JSON is nested deeper than %s levels", "JSON 嵌套超过 %1 层" },
	{ "not valid JSON at line %s, column %s: %s", "第 %1 行第 %2 列不是有效的 JSON：%3" },
	{ "sort: more than %s units match, and units are ordered by risk up to that many",
	  "sort：符合条件的单位超过 %1 个，超过时不能按风险排序" },
	{ "narrow it by programme, task, recommender or state", "请按批次、任务、推荐单位或状态缩小范围" },
	{ "the export is larger than %s MiB; export one programme or unit at a time (programme=, unit=)",
	  "导出超过 %1 MiB；请按批次或单位分别导出（programme=、unit=）" },

	/* ---- trouble ---- */
	{ "database: %s (code %s)", "数据库：%1（代码 %2）" },
	{ "free space on the disk that holds state_dir; nothing was changed, and the daemon goes on by itself",
	  "请清理 state_dir 所在磁盘；没有改动任何数据，空间恢复后服务自动继续" },
	{ "the database gave the transaction up", "数据库放弃了本次事务" },
	{ "the store refuses writes", "存储暂时拒绝写入" },
	{ "clock hold: %s", "时钟暂停：&1" },
	{ "out of memory", "内存不足" },

	/* ---- general ---- */
	{ "did you mean %s?", "是否指 %1？" },
	{ "%s: must be one of %s", "%1 必须是以下之一：%2" },
	{ "%s: must be an id like %s", "%1 必须是 %2 这样的编号" },
	{ "%s: must be a number from %s to %s", "%1 必须是 %2 到 %3 之间的数" },
	{ "%s: must be 1 or 0", "%1 必须是 1 或 0" },
	{ "%s: must be an instant like 2025-01-06T09:20:00+08:00 or a date; in a query its plus is percent-encoded",
	  "%1 须为时刻，形如 2025-01-06T09:20:00+08:00，或日期；查询中的加号须按百分号编码" },
	{ "%s: must be a date that exists, as YYYY-MM-DD", "%1 必须是存在的日期，形如 YYYY-MM-DD" },
	{ "%s must be a string", "%1 必须是字符串" },
	{ "%s must be true or false", "%1 必须是 true 或 false" },
	{ "%s must be a whole number, %s to %s", "%1 必须是 %2 到 %3 之间的整数" },
	{ "%s must be a day as YYYY-MM-DD, not \"%s\"", "%1 必须是 YYYY-MM-DD 形式的日期，而不是“%2”" },
	{ "%s: is empty; leave it out to ask for all", "%1 是空的；不写即表示全部" },
	{ "%s: is empty or too long", "%1 为空或过长" },
	{ "%s: is given twice", "%1 重复" },
	{ "%s: is required", "缺少 %1" },
	{ "%s is empty", "%1 是空的" },
	{ "%s: too long", "%1 过长" },
};

/* clang-format on */

struct span {
	const char *at;
	size_t len;
};

static const char *find(const char *text, const char *literal, size_t len)
{
	for (; *text; text++)
		if (strncmp(text, literal, len) == 0)
			return text;
	return NULL;
}

/* Values are as short as they can be, so a literal is looked for from the left, and further if the rest then fails. */
static bool match(const char *pattern, const char *text, struct span *values, size_t n)
{
	size_t literal = strcspn(pattern, "%");
	if (strncmp(pattern, text, literal) != 0)
		return false;
	pattern += literal;
	text += literal;
	if (*pattern == '\0')
		return *text == '\0';
	pattern += strlen("%s");
	literal = strcspn(pattern, "%");
	if (n == VALUES_MAX)
		return false;
	values[n] = (struct span){ text, strlen(text) };
	if (*pattern == '\0')
		return true;
	for (const char *at = text; (at = find(at, pattern, literal)); at++) {
		values[n].len = (size_t)(at - text);
		if (match(pattern, at, values, n + 1))
			return true;
	}
	return false;
}

/* A word of ours, or several with commas between them; else as it came. */
static void add_words(struct buf *out, const struct span *value)
{
	struct buf word = BUF_EMPTY;
	buf_add(&word, value->at, value->len);
	const char *comma = strstr(buf_str(&word), ", ");
	bool known = chinese_of(buf_str(&word), out);
	if (!known && comma) {
		size_t first = (size_t)(comma - buf_str(&word));
		add_words(out, &(struct span){ value->at, first });
		buf_adds(out, "、");
		add_words(out, &(struct span){ value->at + first + 2, value->len - first - 2 });
	} else if (!known) {
		buf_add(out, value->at, value->len);
	}
	buf_clear(&word);
}

static void fill(struct buf *out, const char *zh, const struct span *values)
{
	for (; *zh; zh++) {
		bool value = (*zh == '%' || *zh == '&') && zh[1] >= '1' && zh[1] < '1' + VALUES_MAX;
		if (!value) {
			buf_addc(out, *zh);
			continue;
		}
		const struct span *span = &values[zh[1] - '1'];
		if (*zh == '%')
			buf_add(out, span->at, span->len);
		else
			add_words(out, span);
		zh++;
	}
}

static bool say(const struct phrase *rows, size_t n, const char *english, struct buf *out)
{
	struct span values[VALUES_MAX];
	for (size_t i = 0; i < n; i++) {
		if (!match(rows[i].en, english, values, 0))
			continue;
		fill(out, rows[i].zh, values);
		return true;
	}
	return false;
}

bool chinese_of(const char *english, struct buf *out)
{
	/* Those of HTTP have no values: nothing general may come before them. */
	return say(chinese_http, n_chinese_http, english, out) ||
	       say(phrases, sizeof(phrases) / sizeof(phrases[0]), english, out);
}
