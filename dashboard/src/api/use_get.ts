import { useCallback, useEffect, useRef, useState } from "react";
import { get, Problem } from "./client";

export interface Got<T> {
  value: T | null;
  problem: Problem | null;
  again: () => void;
}

// Reads `path` now, whenever `key` changes, and every `everyMs` while the page is
// looked at. Keeps the last answer when a later one fails.
export function useGet<T>(path: string, key: unknown = "", everyMs = 0): Got<T> {
  const [value, setValue] = useState<T | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const turn = useRef(0);
  const again = useCallback(() => {
    const mine = ++turn.current;
    get<T>(path).then(
      (answer) => {
        if (mine !== turn.current) return;
        setValue(answer);
        setProblem(null);
      },
      (failure: unknown) => {
        if (mine === turn.current) setProblem(failure instanceof Problem ? failure : new Problem(0, "Failed", ""));
      },
    );
  }, [path]);
  useEffect(() => {
    again();
    if (everyMs === 0) return;
    const timer = setInterval(() => {
      if (!document.hidden) again();
    }, everyMs);
    return () => clearInterval(timer);
  }, [again, key, everyMs]);
  return { value, problem, again };
}
