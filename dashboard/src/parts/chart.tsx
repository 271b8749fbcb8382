// The one file that knows uPlot.
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { clock } from "../format";
import { onTheme } from "../theme";

export interface Line {
  label: string;
  values: (number | null)[];
  colour: string; // name of a CSS variable
  width?: number;
  dash?: number[];
  hidden?: boolean; // an edge of a band: drawn thin
}

export interface ChartProps {
  label: string;
  time?: number[]; // seconds; or else
  x?: number[]; // with
  xText?: (value: number) => string;
  lines: Line[];
  band?: { from: number; to: number; colour: string }; // positions in lines, upper first
  log?: boolean;
  range?: [number, number];
  ySplits?: number[]; // where the grid is; by itself otherwise
  xSplits?: number[];
  marks?: number[]; // seconds at which something happened: upright lines
  text: (value: number) => string;
  height?: number;
  stepped?: boolean;
}

// Round times for the axis.
const SECONDS = [10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 43200];

const css = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function optionsOf(props: ChartProps, width: number): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: css("--text-2"),
    font: "11px system-ui, sans-serif",
    grid: { stroke: css("--line"), width: 1 },
    ticks: { show: false },
  };
  const isTime = props.time !== undefined;
  const span = (props.time?.[props.time.length - 1] ?? 0) - (props.time?.[0] ?? 0);
  const xText = props.xText ?? ((value: number) => clock(value * 1000).slice(0, span < 300 ? 8 : 5));
  const options: uPlot.Options = {
    width,
    height: props.height ?? 190,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { points: { size: 6 }, drag: { x: false, y: false }, y: false, ...(isTime ? { sync: { key: "time" } } : {}) },
    scales: {
      x: { time: false, ...(isTime ? {} : { distr: 3 }) },
      y: { distr: props.log === true ? 3 : 1, ...(props.range === undefined ? {} : { range: props.range }) },
    },
    axes: [
      { ...axis, size: 28, space: 60, grid: { show: false }, ...(isTime ? { incrs: SECONDS } : {}), values: (_, at) => at.map((value) => xText(value)), ...(props.xSplits === undefined ? {} : { splits: () => props.xSplits ?? [], filter: (_, at) => at }) },
      { ...axis, size: 58, values: (_, at) => at.map((value) => props.text(value)), ...(props.ySplits === undefined ? {} : { splits: () => props.ySplits ?? [], filter: (_, at) => at }) },
    ],
    series: [
      {},
      ...props.lines.map(
        (line): uPlot.Series => ({
          label: line.label,
          stroke: css(line.colour),
          width: line.width ?? 1.5,
          points: { show: false },
          spanGaps: false,
          ...(line.dash === undefined ? {} : { dash: line.dash }),
          ...(props.stepped === true && uPlot.paths.stepped !== undefined
            ? { paths: uPlot.paths.stepped({ align: 1 }) }
            : {}),
        }),
      ),
    ],
  };
  if (props.band !== undefined) {
    options.bands = [{ series: [props.band.from + 1, props.band.to + 1], fill: css(props.band.colour) }];
  }
  return options;
}

function drawMarks(plot: uPlot, marks: number[]): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = css("--warn");
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const mark of marks) {
    const x = Math.round(plot.valToPos(mark, "x", true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

// What is under the cursor, in words, above the chart.
function readout(props: ChartProps, chart: uPlot, into: HTMLElement): void {
  const at = chart.cursor.idx;
  const x = props.time ?? props.x ?? [];
  if (at === null || at === undefined || x[at] === undefined) {
    into.textContent = "";
    return;
  }
  const where = props.time !== undefined ? clock(x[at] * 1000) : (props.xText ?? String)(x[at]);
  const parts = props.lines.map((line) => {
    const value = line.values[at];
    return `${line.label} ${value === null || value === undefined ? "–" : props.text(value)}`;
  });
  into.textContent = [where, ...parts].join(" · ");
}

export function Chart(props: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const words = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const data = [props.time ?? props.x ?? [], ...props.lines.map((line) => line.values)] as uPlot.AlignedData;
  // What only a new chart can show.
  const shape = JSON.stringify([
    props.log,
    props.range,
    props.height,
    props.band,
    props.lines.map((line) => [line.label, line.colour, line.dash]),
  ]);

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const build = (): void => {
      chart.current?.destroy();
      const options = optionsOf(latest.current, Math.max(200, element.clientWidth));
      options.hooks = {
        draw: [(plot) => drawMarks(plot, latest.current.marks ?? [])],
        setCursor: [(plot) => words.current !== null && readout(latest.current, plot, words.current)],
      };
      const now = latest.current;
      const values = [now.time ?? now.x ?? [], ...now.lines.map((line) => line.values)] as uPlot.AlignedData;
      chart.current = new uPlot(options, values, element);
    };
    build();
    const observer = new ResizeObserver(() => {
      chart.current?.setSize({ width: Math.max(200, element.clientWidth), height: latest.current.height ?? 190 });
    });
    observer.observe(element);
    const forget = onTheme(build);
    return () => {
      observer.disconnect();
      forget();
      chart.current?.destroy();
      chart.current = null;
    };
  }, [shape]);

  useEffect(() => {
    chart.current?.setData(data);
  });

  return (
    <figure className="chart">
      <div className="readout" ref={words} aria-hidden="true" />
      <div ref={box} role="img" aria-label={props.label} />
    </figure>
  );
}
