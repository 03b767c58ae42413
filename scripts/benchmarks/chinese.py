"""The tables of the benchmarks in Chinese, phrase by phrase, so that both READMEs say the same."""

from __future__ import annotations

import re

# The longer phrase first where one holds another.
PHRASES = {
    # every table; before what is shorter
    "Peak memory of the largest process, the server's aside:": "最大进程的内存峰值（数据库除外）",
    # changes, processes, millions: whole phrases, before shorter ones of other tables
    "Each run is the command in processes of its own: reading, judging and writing are in the "
    "time. After a change it is made in full, too, and leaves the same rows.": ""
    "每次运行都是独立进程里的命令：读取、判定、写入都计时。变化之后也全部重算一次，结果逐行相同。",
    "Each run is the command in processes of its own, on a store without any run before; all "
    "leave the same rows. A worker of Dask has one thread.": ""
    "每次运行都是独立进程里的命令，库内此前没有运行；结果逐行相同。Dask 的执行端各有一个线程。",
    "The command in processes of its own, on a store without any run before: reading, judging and "
    "writing are in the time.": "独立进程里的命令，库内此前没有运行：读取、判定、写入都计时。",
    "| a run in full | by |": "| 全量运行 | 工具 |",
    "| against one process |": "| 与单进程之比 |",
    " supplies, in full, beside the run before |": " 宗供地，全部重算，与上次运行比对 |",
    " supplies, in full, no run before |": " 宗供地，全部重算，此前没有运行 |",
    "| a patrol of 1 % of the supplies, anywhere (": "| 巡查了任意 1 % 的供地 (",
    "| 1 % of the approvals with all their supplies, anywhere, drawn or signed anew (": ""
    "| 任意 1 % 的批文连同其供地重画或重签 (",
    "| 1 % of the supplies, anywhere, drawn or signed anew (": "| 任意 1 % 的供地重画或重签 (",
    "| 1 % of the supplies, side by side, drawn or signed anew (": ""
    "| 相连的 1 % 的供地重画或重签 (",
    "), built on the run before |": ")，接着上一次运行 |",
    "| 1 process |": "| 1 个进程 |",
    "| 2 processes |": "| 2 个进程 |",
    "| 1 process, its own choice |": "| 1 个进程，自行选定 |",
    "| 2 processes, its own choice |": "| 2 个进程，自行选定 |",
    "| Dask, 1 worker |": "| Dask，1 个执行端 |",
    "| Dask, 2 workers |": "| Dask，2 个执行端 |",
    # province: whole phrases, too
    "| a province's land with shapes | by |": "| 一个省有图形的土地 | 工具 |",
    " approvals, loaded, all checks |": " 个批次，装载，全部核查 |",
    "| **all together** |": "| **合计** |",
    "Each step is the command in a process of its own, from the files of a delivery to the folder "
    "of maps; client is the command with all processes it starts, peak that of its largest.": ""
    "每一步都是独立进程里的命令，从报送的文件到写出地图的文件夹；"
    "客户端指命令及其启动的所有进程，峰值取其中最大的进程。",
    "| **loaded and judged** |": "| **装载并判定** |",
    # growth: whole phrases, before shorter ones of other tables
    "| what grows with the land | unit |": "| 随土地增长的 | 单位 |",
    "parcels with shapes loaded, all checks": "装载有图形的宗地，全部核查",
    "| a full run |": "| 全量运行 |",
    "1 % of the supplies changed, a run of the next day": "1 % 的供地变化后，次日的运行",
    "tiles made ready": "备好瓦片",
    "maps of 100 blocks": "100 个区块的地图",
    "| exponent |": "| 指数 |",
    "Seconds of the processor, of the program and of its server together. The exponent is the "
    "slope of their logarithms over that of the land, over the largest three.": ""
    "程序与数据库合计的处理器秒数。指数是其对数对土地规模对数的斜率，取最大的三档。",
    # run
    "| stage of a full run | what it does |": "| 全量运行的步骤 | 做什么 |",
    "| server's processor s | share of both | peak MB so far |": ""
    "| 数据库处理器秒 | 两者占比 | 至此峰值 MB |",
    "| **whole run** |": "| **整次运行** |",
    "| gather | records read and made columns |": "| 取数 | 读出记录，按列存放 |",
    "| idle | facts, clock, blocks |": "| 闲置 | 事实、时钟、区块 |",
    "| approved land | overlay, balances, what is left |": "| 批准用地 | 叠加、平衡、剩余 |",
    "| leads | contradictions of shapes and papers |": "| 疑点 | 图形与资料的矛盾 |",
    "| papers | agreements, holdings, situations |": "| 资料 | 协议、持有、情形 |",
    "| parks | pieces of parks, their built land |": "| 园区 | 园区碎块及其建成用地 |",
    "| timelines of supplies | each day on which they turn |": "| 供地时间线 | 每个转折日 |",
    "| timelines of approvals | each day on which something there changes |": ""
    "| 批文时间线 | 其上有变动的每一天 |",
    "| places | region, park, block of every row |": "| 归属 | 每行所在政区、园区、区块 |",
    "| handing in | rows to the server |": "| 交入 | 各行送进数据库 |",
    "| storing | compared with the run before, indexed |": "| 保存 | 与上次比对，建索引 |",
    "| the rest | rates of parks, counts |": "| 其余 | 园区比率、计数 |",
    "One process with two threads for what GEOS does; the server's seconds are its own process's. "
    "The store held no run before. On a busy machine the processor's seconds count, not the "
    "clock.": ""
    "单进程，GEOS 用两个线程；数据库的秒数是其自身进程的。库内此前没有运行。"
    "机器忙时看处理器秒数，不看历时。",
    # pages
    "| what a person waits for |": "| 等什么 |",
    "| who | ms | bar ms | KB | bar KB |": "| 谁 | 毫秒 | 目标毫秒 | KB | 目标 KB |",
    "map, until drawn": "地图，到画完",
    "slider, close by": "时间滑块，放大后",
    "legend, close by": "图例，放大后",
    "the map's own page": "地图页本身",
    "list of supplied land, next day first": "已供土地清单，按下一节点",
    "supplied land of an outcome": "某状态的已供土地",
    "candidates to triage": "待核实对象",
    "a parcel": "一宗地",
    "parks and blocks": "园区与区块",
    "| a park |": "| 一个园区 |",
    "| a block |": "| 一个区块 |",
    "| home |": "| 本期要看 |",
    "| runs |": "| 运行 |",
    "calendar of 90 days": "90 天日历",
    "| deliveries |": "| 交付 |",
    "law book": "法规",
    "Headless Chromium without a graphics card, its cache empty, on the machine of the server, "
    "which was started a minute and a half before. The map is there when all tiles in view are "
    "drawn; `slider`, `legend`: from the input until the map has been drawn anew, at zoom 16. Of a "
    "page `ms` is the time until its last byte, KB what it and its own styles and scripts take as "
    "sent, without the libraries of the map.": ""
    "无界面的浏览器，没有显卡，缓存为空，与服务器在同一台机器上，服务器已启动一分半钟。视野内的瓦片全部画出，"
    "地图才算画完；"
    "“时间滑块”“图例”从输入起到地图重新画好，第 16 级。页面的毫秒数到最后一个字节为止，"
    "KB 是页面连同自己的样式和脚本的传输量，不含地图库。",
    # tiles
    "prepared after 1 % changed, s": "变化 1 % 后备好瓦片，秒",
    "prepared after a run, s": "运行后备好瓦片，秒",
    "tiles of these zooms, each once": "这些级别的瓦片各一次",
    "server with its lists, MB": "服务器连同列表，MB",
    "pages of a box and an outcome": "某范围某结果的一页",
    "pages of a subject": "某对象的一页",
    "pages of a box": "某范围的一页",
    "single features": "单个要素",
    "one question of each kind": "各类各问一次",
    "| asked for | fullest |": "| 所要 | 最满一块 |",
    "| alone ms | 12 at once ms |": "| 单独毫秒 | 12 个同时毫秒 |",
    "| again ms | bars ms |": "| 再问毫秒 | 目标毫秒 |",
    "| tipg ms | pygeoapi ms | times |": "| tipg 毫秒 | pygeoapi 毫秒 | 倍数 |",
    "| hotspot, zoom ": "| 热点，级别 ",
    "| zoom ": "| 级别 ",
    "Of every zoom the fullest tiles of the findings, each asked for the first time after the"
    " server has started: six one after the other, then twelve clients at once (where there "
    "are fewer, of other layers too), then the six again. `alone` and `again`: the slowest "
    "tile's median over the rounds, `12 at once`: the median of the slowest answer of each "
    "round, `KB`: the largest tile before it is packed; `times`: how many times as fast as "
    "the faster peer, in the median of the six. tipg reads the findings of the run as a table"
    " in EPSG:4326, draws all rows of a tile whatever it holds, from zoom 11 on; pygeoapi as "
    "well. The hotspot is 200,000 parcels on 11 x 3 km.": ""
    "每一级取判定结果最满的瓦片，服务器启动后首次索取：先逐块要 6 块，再由 12 个客户端"
    "同时要 12 块（不够时加上其他图层的），然后再要那 6 块。“单独”“再问”是最慢一块"
    "在各轮的中位数，“12 个同时”是各轮最慢答复的中位数，KB 是压缩前最大的一块；“倍数"
    "”是比较快的一方快几倍，取 6 块的中位数。tipg 把本次运行的判定结果作为 EPSG"
    ":4326 的表来读，从第 11 级起，块内全部画出，不管多大；pygeoapi 读同一"
    "张表。热点是 11 × 3 公里内的 20 万宗地。",
    # load
    "763,446 polygons": "763,446 个图形",
    "parcels in zone 37 (EPSG:4525), brought to 4490": "37 带宗地（EPSG:4525），转到 4490",
    "parcels in EPSG:4490": "EPSG:4490 的宗地",
    "landwatch load, all checks": "landwatch load，全部检查",
    "ogr2ogr COPY, no checks": "ogr2ogr COPY，不检查",
    "CPU s client": "客户端处理器秒",
    "CPU s server": "服务器处理器秒",
    "The two sides take turns; speed is the median of the ratios within a round.": "两方轮流运行；"
    "速度比是各轮之内比值的中位数。",
    # clock
    "subjects, as many causes": "宗，原因期间同数",
    "us a subject and day": "每宗每天微秒",
    "at most s": "限秒",
    "elapsed s": "历时秒",
    "processor s": "处理器秒",
    "120 months": "120 个月",
    "The replay is one round. Seconds of one thread; the processor's are the program's own.": "逐月"
    "回放只测一轮。均为单线程的秒数；处理器秒只计本程序。",
    # overlay
    "approvals minus supplies": "批文减供地",
    "edges that match": "边界吻合",
    "a third of the supplies off by up to 5 cm": "三分之一的供地错开至 5 厘米",
    "landwatch s (处理器秒)": "landwatch 秒（处理器秒）",
    "peer s (处理器秒)": "对方秒（处理器秒）",
    "of 处理器秒": "按处理器秒",
    "inside GEOS": "GEOS 内占比",
    "differ by m2": "面积相差平方米",
    "sedonadb, our whole answer": "sedonadb，我方完整结果",
    # As it was measured before SedonaDB joined.
    "Against GeoPandas shapes in memory become answers in memory; against PostGIS both start and "
    "end in its tables; against SedonaDB in files of Parquet. `whole answer` is ours with pieces, "
    "grades, rings and neighbours, held against SedonaDB's bare one; ours goes part by part, as a "
    "run does. `GEOS 内占比` is the share of "
    "landwatch's own time on one core spent in shapely; `differ by` is the largest difference "
    "of an area.": ""
    "与 GeoPandas 比，从内存里的图形到"
    "内存里的结果；与 PostGIS 比，起止都在它的表里；与 SedonaDB 比，起止都是 Parquet 文件。"
    "“我方完整结果”另含碎块、分级、环与邻接，与 SedonaDB 的基本结果相比；我方同运行一样分块进行。"
    "“GEOS 内占比”是 landwatch 单核用时中花在 shapely 的"
    "部分；“面积相差”是面积的最大差值。",
    # service: these hold shorter phrases
    "supplies by text": "按文字找供地",
    "(too slow)": "（太慢）",
    "(too much)": "（太多）",
    "first ms": "首次毫秒",
    # run, changes, processes, millions, province
    "peak MB of the driver": "主进程峰值 MB",
    "peak MB of a worker": "执行端峰值 MB",
    "| a run | by |": "| 一次运行 | 工具 |",
    "supplies": "宗供地",
    # indicators
    "The shapes are one round on two threads. The processor's seconds are the program's own.": ""
    "图形一项只测一轮，双线程；处理器秒是程序自己的。",
    "shapes: the use of": "图形：",
    "built parcels, and": "宗已建成地块的用途，和其上",
    "buildings on them": "幢建筑",
    "1,000,000 parcels and buildings in 2,000 blocks": ""
    "1,000,000 宗地及其建筑，分布在 2,000 个区块",
    "rows given": "给出的行",
    "with a value": "其中有数的",
    # service
    "what is asked": "所问",
    "findings of an outcome, with count": "某结果的判定，带总数",
    "findings of a park": "某园区的判定",
    "findings by text": "按文字找判定",
    "unsupplied land of a park": "某园区的批而未供",
    "balances": "面积平衡",
    "indicators": "指标",
    "what changes in 90 days": "90 天内变化的",
    "timeline of a subject": "一宗的状态沿革",
    "parcels, a page with count": "宗地一页，带总数",
    "one supply": "一宗供地",
    "one subject": "一个监测对象",
    "| why |": "| 依据 |",
    "| everything |": "| 全部范围 |",
    "one park of 100": "100 个园区之一",
    "both, all kinds": "两者，各类",
    "50 users for a minute": "50 人同时用一分钟",
    "median ms": "中位毫秒",
    "p95 ms": "p95 毫秒",
    "bar ms": "目标毫秒",
    "requests/s": "每秒请求",
    "server MB": "服务器 MB",
    "Each request is made over loopback on a kept connection, its answer read to the end; subjects "
    "and filters change with every request. The fifty users ask without a pause, each on a "
    "connection of its own; `服务器 MB` is the most memory the server has held until then. The "
    "first request of each kind comes when the server has just started and reads what was prepared "
    "of its list; the others come a minute later. The bar for memory is 500 MB.": ""
    "每次请求经本机回环、在保持的连接上发出，读完答复；对象和条件每次不同。"
    "五十人各用一条连接，不停地问；"
    "“服务器 MB”是到那时为止服务器占用内存的最大值。"
    "每类的首次请求在服务器刚启动时发出，读取为其列表备好的内容；其余请求在一分钟之后。"
    "内存目标不超过 500 MB。",
    # register
    "a register of 768,886 rows, no shapes": "768,886 行的台账，无图形",
    "loaded, all checks": "装载，全部核查",
    "read, copies dropped": "读入，去掉重复行",
    "| judged, ": "| 判定，",
    "against pandas": "相当于 pandas 的",
    "Rows drawn from a real register under new numbers, an eighth of them copies; the sides take "
    "turns. The ratio is the median of those of the processor's seconds within a round.": ""
    "各行取自一份真实台账，另编新号，八分之一是重复行；两方轮流进行。"
    "倍数是每轮内处理器秒数之比的中位数。",
    # every table
    "at most": "至多",
    "wall s": "历时秒",
    "peak MB": "峰值 MB",
    "One round.": "一轮。",
    "Load average": "系统负载",
}
_PATTERNS = {
    r"Medians of (\d+) rounds\.": r"\1 轮的中位数。",
    r"(\d+) cores, (\d+) GB": r"\1 核，\2 GB",
    r"\| by \|": "| 工具 |",
    r"\| speed \|": "| 速度比 |",
    r"\| ([\d,]+) requests \|": r"| \1 次请求 |",
    r"\| of \|": "| 范围 |",
    r"maps of (\d+) blocks": r"\1 个区块的地图",
    r"(内存峰值（数据库除外）) (\d+) MB\.": r"\1 \2 MB。",
    r"([\d,]+) approvals (?=\|)": r"\1 个批次 ",
    r"\| judged \| days \|": "| 判定 | 日期 |",
    r"\| judged \| 给出的行 \|": "| 所测 | 给出的行 |",
    r"\| against \|": "| 对比 |",
    r"\| ratio \| asked \|": "| 倍数 | 要求 |",
    r"(\d) x (?=\||\*)": r"\1 倍 ",
    r"(\d) x\*\*": r"\1 倍**",
    r"Ten million additions in a loop of Python: ([\d.]+) s\.": r"Python 循环一千万次加法 \1 秒。",
}


def in_chinese(text: str) -> str:
    """Return a table with what is said under it, in Chinese; names and figures stay."""
    for english, chinese in PHRASES.items():
        text = text.replace(english, chinese)
    for pattern, chinese in _PATTERNS.items():
        text = re.sub(pattern, chinese, text)
    return text
