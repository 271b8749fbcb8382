// Numbers and times for people.
import type { Double } from "./api/types";

export const num = (value: Double | string | undefined | null): number =>
  value === undefined || value === null ? NaN : Number(value);

export const timeOf = (stamp: string | undefined): number => (stamp === undefined ? 0 : Date.parse(stamp));

export function count(value: Double | string | undefined): string {
  const number = num(value);
  if (!Number.isFinite(number)) return "–";
  return number.toLocaleString("en", { maximumFractionDigits: number < 10 ? 2 : 0 });
}

export function ratio(value: Double | undefined): string {
  const number = num(value);
  if (Number.isNaN(number)) return "–";
  if (number === Infinity) return "∞";
  return `${number >= 100 ? number.toFixed(0) : number >= 10 ? number.toFixed(1) : number.toFixed(2)}×`;
}

export function percent(value: Double | undefined, digits = 0): string {
  const number = num(value);
  return Number.isFinite(number) ? `${(number * 100).toFixed(digits)} %` : "–";
}

// Events per unit of exposure.
export function rate(events: string | undefined, exposure: Double | string | undefined): string {
  const value = num(events) / num(exposure);
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  return value >= 0.1 ? value.toFixed(2) : value >= 0.0001 ? `${(value * 100).toPrecision(3)} %` : value.toExponential(1);
}

export function micros(value: Double | undefined): string {
  const number = num(value);
  if (!Number.isFinite(number)) return "–";
  if (number >= 1e6) return `${(number / 1e6).toPrecision(3)} s`;
  if (number >= 1e3) return `${(number / 1e3).toPrecision(3)} ms`;
  return `${number.toPrecision(3)} µs`;
}

// "1200s" as protos have it.
export const seconds = (duration: string | undefined): number =>
  duration === undefined ? 0 : Number(duration.replace(/s$/, ""));

export function duration(total: number): string {
  if (!Number.isFinite(total)) return "–";
  const s = Math.max(0, Math.round(total));
  if (s < 60) return `${s} s`;
  if (s < 3600) return s % 60 === 0 || s >= 600 ? `${Math.floor(s / 60)} min` : `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} d`;
}

const pad = (n: number): string => String(n).padStart(2, "0");

export function clock(ms: number): string {
  const date = new Date(ms);
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

export function stamp(ms: number): string {
  const date = new Date(ms);
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${clock(ms)}`;
}

// Per hour, of bytes or of whatever a gauge counts.
export function perHour(value: Double | undefined, unit: string): string {
  const number = num(value);
  if (!Number.isFinite(number)) return number === Infinity ? "∞" : "–";
  return `${level(number, unit)}/h`;
}

export function level(number: number, unit: string): string {
  if (unit === "bytes") return `${(number / 1e6).toPrecision(3)} MB`;
  return Math.abs(number) >= 1e4 ? number.toExponential(1) : String(Number(number.toPrecision(3)));
}

export const plural = (n: number, one: string, many = `${one}s`): string => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
