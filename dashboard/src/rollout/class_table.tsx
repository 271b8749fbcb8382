import { useState } from "react";
import type { Finding } from "../api/types";
import { count, num, ratio } from "../format";

const FEW = 8;

// Exception classes that differ most, the canary's excess first, as the
// controller sorts them.
export function ClassTable({ finding }: { finding: Finding }) {
  const [all, setAll] = useState(false);
  const shown = all ? finding.classes : finding.classes.slice(0, FEW);
  const most = Math.max(1, ...finding.classes.map((entry) => Math.max(num(entry.canary), num(entry.baseline))));
  const scale = num(finding.baseline?.exposure) / Math.max(1, num(finding.canary?.exposure));
  return (
    <div className="classes">
      <h4>Classes that differ most</h4>
      <table>
        <thead>
          <tr>
            <th scope="col">class</th>
            <th scope="col" className="n">
              <span className="of-canary">canary</span>
            </th>
            <th scope="col" className="n">
              <span className="of-baseline">baseline</span>
            </th>
            <th scope="col" className="n">
              per {finding.exposure_unit}
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((entry) => (
            <tr key={entry.name}>
              <th scope="row">
                <span className="class-name">{entry.name}</span>
                <span className="class-bars" aria-hidden="true">
                  <span className="bar-canary" style={{ width: `${(num(entry.canary) / most) * 100}%` }} />
                  <span className="bar-baseline" style={{ width: `${(num(entry.baseline) / most) * 100}%` }} />
                </span>
              </th>
              <td className="n">{count(entry.canary)}</td>
              <td className="n">{count(entry.baseline)}</td>
              <td className="n">
                {num(entry.baseline) > 0 ? ratio((num(entry.canary) / num(entry.baseline)) * scale) : "only canary"}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {finding.classes.length > FEW && (
        <button className="as-link" onClick={() => setAll(!all)}>
          {all ? "Show fewer" : `Show all ${finding.classes.length}`}
        </button>
      )}
    </div>
  );
}
