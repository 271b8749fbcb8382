import { useEffect, useState } from "react";
import { duration, stamp } from "../format";

// The present, once a second, for whoever shows ages.
export function useNow(): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

export function Ago({ at, now }: { at: number; now: number }) {
  if (at === 0) return <>–</>;
  return (
    <time dateTime={new Date(at).toISOString()} title={stamp(at)}>
      {duration((now - at) / 1000)} ago
    </time>
  );
}
