import { useState } from "react";
import { token } from "../api/client";
import { Dialog } from "../parts/dialog";
import { start, useStore } from "../store";

const MAY: Record<string, string> = {
  viewer: "You may read everything.",
  deployer: "You may read everything, and open and abort rollouts.",
  oncall: "You may override verdicts and switch probes off.",
  admin: "You may do everything.",
};

// Who the caller is, and another credential for those who have one.
export function SignIn({ close }: { close: () => void }) {
  const identity = useStore((state) => state.identity);
  const [secret, setSecret] = useState("");
  const who = identity?.principal;
  const use = (value: string): void => {
    token.set(value);
    start();
    close();
  };
  return (
    <Dialog title="Who you are" close={close}>
      {who === undefined ? (
        <p>The controller does not know you.</p>
      ) : (
        <p>
          <strong>{who.name}</strong>, {who.role}, known by{" "}
          {who.credential === "none" ? "being on the controller's own machine" : `a ${who.credential}`}.{" "}
          {MAY[who.role]}
          {identity !== null && identity.services.length > 0 && <> Only for {identity.services.join(", ")}.</>}
        </p>
      )}
      <form
        onSubmit={(submit) => {
          submit.preventDefault();
          if (secret.trim() !== "") use(secret.trim());
        }}
      >
        <label>
          Token or JWT, for this tab until it is closed
          <input
            type="password"
            autoComplete="off"
            spellCheck={false}
            value={secret}
            onChange={(change) => setSecret(change.target.value)}
          />
        </label>
        <div className="buttons">
          {token.get() !== "" && (
            <button type="button" onClick={() => use("")}>
              Forget the token
            </button>
          )}
          <button type="button" onClick={close}>
            Close
          </button>
          <button type="submit" className="primary" disabled={secret.trim() === ""}>
            Use this token
          </button>
        </div>
      </form>
    </Dialog>
  );
}
