import { useState } from "react";
import { clock } from "../format";
import { Notice } from "../parts/notice";
import { useStore } from "../store";
import { SignIn } from "./sign_in";

export function LiveIndicator() {
  const connection = useStore((state) => state.connection);
  const text = {
    connecting: "connecting",
    live: "live",
    stale: `stale since ${clock(connection.since)}`,
    refused: "refused",
  }[connection.state];
  return (
    <span className={`live live-${connection.state}`} role="status">
      <span className="live-dot" aria-hidden="true" />
      {text}
    </span>
  );
}

// What is shown is old, or nothing may be shown.
export function ConnectionBanner() {
  const connection = useStore((state) => state.connection);
  const loaded = useStore((state) => state.loaded);
  const [signIn, setSignIn] = useState(false);
  if (connection.state === "stale") {
    return (
      <div className="banner">
        <Notice tone="warn" icon="stop" title={`Stale since ${clock(connection.since)}: ${connection.why}.`} live>
          {loaded ? "This is how things stood then. " : ""}Trying again until it does. Agents and verdicts do not depend
          on this page; <code>haldane rollout list</code> asks the controller directly.
        </Notice>
      </div>
    );
  }
  if (connection.state !== "refused") return null;
  return (
    <div className="banner">
      <Notice tone="bad" icon="slash" title="You may not see this" live>
        <p>The controller says: {connection.why}</p>
        <p>
          Come through the proxy that knows who you are, or{" "}
          <button className="as-link" onClick={() => setSignIn(true)}>
            show a token
          </button>{" "}
          of <code>haldane token create --role viewer</code>.
        </p>
      </Notice>
      {signIn && <SignIn close={() => setSignIn(false)} />}
    </div>
  );
}
