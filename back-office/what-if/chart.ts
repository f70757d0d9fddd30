/**
 * The chart of a what-if run as SVG: how sales were paid, how credit moved, and what it cost. Drawn
 * by ECharts without a browser; the same totals give the same bytes.
 */

import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TitleComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { type ClubTotals, costBps, type MonthTotals } from "./run-club";
import type { WhatIfWords } from "./words";

/** Without a browser nobody knows how wide letters are: as wide as those of wide fonts. */
const EM_PER_LETTER = 0.62;
const EM_PER_PERSIAN_LETTER = 0.47;

echarts.use([BarChart, LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

export interface ChartInput {
  /** File of the ruleset. */
  name: string;
  totals: ClubTotals;
  against?: { name: string; totals: ClubTotals };
  subtitle: string;
}

const WIDTH = 960;
const HEIGHT = 960;
const MARGIN = 84;
/** How far titles begin before the panels. */
const OUTSIDE = 40;
const FONT = "Vazirmatn, Tahoma, 'DejaVu Sans', Arial, sans-serif";
/** Told apart also by who does not see red and green (Okabe and Ito, 2008). */
const COLOURS = {
  paid: "#9db4c8",
  discount: "#e69f00",
  used: "#0072b2",
  granted: "#009e73",
  expired: "#999999",
  outstanding: "#d55e00",
  cost: "#222222",
  against: "#cc79a7",
};
const INK = "#333333";
const FAINT = "#e4e4e4";
const RIAL_PER_MILLION_TOMAN = 10_000_000;
/** Tops and heights of the three panels. */
const PANELS = [
  { top: 140, height: 180 },
  { top: 444, height: 180 },
  { top: 748, height: 140 },
];

echarts.setPlatformAPI({
  measureText: (text, font = "12px") => {
    const sizePx = Number(/(\d+)px/.exec(font)?.[1] ?? 12);
    const em = /[\u0600-\u06ff]/.test(text) ? EM_PER_PERSIAN_LETTER : EM_PER_LETTER;
    return { width: text.length * sizePx * em };
  },
});

type Pick = (month: MonthTotals) => number;

export function chartSvg(input: ChartInput, words: WhatIfWords): string {
  const chart = echarts.init(null, null, {
    ...{ renderer: "svg", ssr: true, width: WIDTH, height: HEIGHT },
  });
  try {
    chart.setOption(options(input, words));
    return asPicture(chart.renderToSVGString(), `${words.title}: ${input.name}`);
  } finally {
    chart.dispose();
  }
}

/** A picture for paper and screen readers: with a title, without what pointers would do to it. */
function asPicture(svg: string, title: string): string {
  const still = svg
    .replace(/<style[^>]*>.*?<\/style>\n?/gs, "")
    .replace(/ (?:class|pointer-events)="[^"]*"/g, "");
  // ECharts numbers its clips on through the life of a process.
  const names = new Map<string, string>();
  const named = still.replace(/zr\d+-\w+/g, (name) => {
    const stable = names.get(name) ?? `clip${names.size}`;
    names.set(name, stable);
    return stable;
  });
  const escaped = title.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `${named.replace(/^(<svg[^>]*>)/, `$1\n<title>${escaped}</title>`).trimEnd()}\n`;
}

function options(input: ChartInput, words: WhatIfWords): echarts.EChartsCoreOption {
  const { months } = input.totals;
  const labels = months.map(({ year, month }) => words.month(year, month));
  return {
    animation: false,
    backgroundColor: "#ffffff",
    textStyle: { fontFamily: FONT, color: INK },
    title: titles(input, words),
    legend: legends(input, words),
    grid: PANELS.map(({ top, height }) => ({ left: MARGIN, right: MARGIN, top, height })),
    xAxis: PANELS.map((_, gridIndex) => ({
      ...{ type: "category", gridIndex, data: labels, inverse: words.isRightToLeft },
      axisTick: { show: false },
      axisLine: { lineStyle: { color: "#888888" } },
      axisLabel: { color: INK, fontSize: 12, interval: 0, rotate: labels.length > 9 ? 30 : 0 },
    })),
    yAxis: PANELS.map((_, gridIndex) => yAxis(gridIndex, words)),
    series: series(input, words),
  };
}

function yAxis(gridIndex: number, words: WhatIfWords): object {
  const isCost = gridIndex === 2;
  return {
    ...{ type: "value", gridIndex, position: words.isRightToLeft ? "right" : "left" },
    name: isCost ? "" : words.million,
    nameTextStyle: { color: INK, align: words.isRightToLeft ? "right" : "left", fontSize: 11 },
    splitNumber: 4,
    splitLine: { lineStyle: { color: FAINT } },
    axisLabel: {
      color: INK,
      formatter: (value: number) =>
        words.number(isCost ? `${value} %` : value.toLocaleString("en-US")),
    },
  };
}

function titles({ name, subtitle }: ChartInput, words: WhatIfWords): object[] {
  const textAlign = words.isRightToLeft ? "right" : "left";
  const left = words.isRightToLeft ? WIDTH - MARGIN + OUTSIDE : MARGIN - OUTSIDE;
  const headings = [words.sales, words.credit, words.cost];
  return [
    {
      ...{ text: inDirection(`${words.title}: ${name}`, words), top: 16, left, textAlign },
      subtext: inDirection(subtitle, words),
      textStyle: { fontSize: 20, color: INK },
      subtextStyle: { fontSize: 12, color: "#666666" },
    },
    ...headings.map((text, panel) => ({
      ...{ text: inDirection(text, words), left, textAlign, top: PANELS[panel].top - 54 },
      textStyle: { fontSize: 14, color: INK },
    })),
  ];
}

/** Names of files among Persian words stay where they belong. */
function inDirection(text: string, { isRightToLeft }: WhatIfWords): string {
  return isRightToLeft ? `\u202b${text}\u202c` : text;
}

function legends(input: ChartInput, words: WhatIfWords): object[] {
  const legend = (panel: number, data: string[]) => ({
    data: words.isRightToLeft ? data.reverse() : data,
    ...{ top: PANELS[panel].top - 56, itemWidth: 14, itemHeight: 10, itemGap: 16, icon: "rect" },
    ...(words.isRightToLeft ? { left: MARGIN, align: "right" } : { right: MARGIN }),
    textStyle: { color: INK, fontSize: 12 },
  });
  const clubs = [input, ...(input.against === undefined ? [] : [input.against])];
  return [
    legend(0, [words.paid, words.used, words.discount]),
    legend(1, [words.granted, words.used, words.expired, words.outstanding]),
    legend(
      2,
      clubs.map((club) => costLabel(club, words)),
    ),
  ];
}

/** A ruleset's name with its cost over all months. */
function costLabel(club: { name: string; totals: ClubTotals }, words: WhatIfWords): string {
  const percent = words.number(`${(costBps(club.totals.sum) / 100).toFixed(1)} %`);
  return inDirection(`${club.name} ${percent}`, words);
}

function series(input: ChartInput, words: WhatIfWords): object[] {
  const { totals, against } = input;
  const { months } = totals;
  const millions = (pick: Pick) =>
    months.map((month) => Math.round((pick(month) / RIAL_PER_MILLION_TOMAN) * 10) / 10);
  const bar = (panel: number, label: string, colour: string, pick: Pick, stack?: string) => ({
    ...{ type: "bar", name: label, xAxisIndex: panel, yAxisIndex: panel, stack },
    ...{ data: millions(pick), itemStyle: { color: colour }, barCategoryGap: "35%" },
  });
  const line = (label: string, colour: string, data: number[], panel: number, dash = "solid") => ({
    ...{ type: "line", name: label, xAxisIndex: panel, yAxisIndex: panel, data },
    ...{ symbol: "circle", symbolSize: 6, itemStyle: { color: colour } },
    lineStyle: { color: colour, width: 2, type: dash },
  });
  const costs = (club: ClubTotals) => club.months.map((month) => costBps(month) / 100);
  const all: object[] = [
    bar(0, words.paid, COLOURS.paid, (m) => m.grossRial - m.discountRial - m.usedRial, "sales"),
    bar(0, words.used, COLOURS.used, (m) => m.usedRial, "sales"),
    bar(0, words.discount, COLOURS.discount, (m) => m.discountRial, "sales"),
    bar(1, words.granted, COLOURS.granted, (m) => m.grantedRial),
    bar(1, words.used, COLOURS.used, (m) => m.usedRial),
    bar(1, words.expired, COLOURS.expired, (m) => m.expiredRial),
    line(
      words.outstanding,
      COLOURS.outstanding,
      millions((m) => m.outstandingRial),
      1,
    ),
    line(costLabel(input, words), COLOURS.cost, costs(totals), 2),
  ];
  if (against !== undefined) {
    const label = costLabel(against, words);
    all.push(line(label, COLOURS.against, costs(against.totals), 2, "dashed"));
  }
  return all;
}
