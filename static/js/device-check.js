// Tries camera, microphone and speaker before a video visit. Nothing leaves the machine. What is
// said stands in the page's templates, in the person's language; here it is only chosen.

const section = document.querySelector("[data-device-check]");
const device = section?.querySelector("[data-device]");
const picture = section?.querySelector("[data-picture]");
const loudness = section?.querySelector("meter");
const said = section?.querySelector("[data-said]");
// Louder than a quiet room, as a share of the loudest there is.
const A_VOICE = 0.05;
const NOTES_HZ = [523, 659];
const NOTE_SECONDS = 0.4;

let running = null;

function say(...names) {
  const words = names.map((name) => section.querySelector(`template[data-word="${name}"]`));
  said.replaceChildren(...words.map((each) => each.content.cloneNode(true)));
}

function stop() {
  if (!running) return;
  for (const track of running.stream.getTracks()) track.stop();
  cancelAnimationFrame(running.frame);
  running.audio.close();
  running = null;
  picture.srcObject = null;
  device.hidden = true;
}

/** Move the bar with the voice; say once that there is one. */
function listen(stream) {
  const audio = new AudioContext();
  const analyser = audio.createAnalyser();
  audio.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let heard = false;
  running = { stream, audio, frame: 0 };
  const look = () => {
    analyser.getFloatTimeDomainData(samples);
    const loud = Math.max(...samples.map(Math.abs));
    loudness.value = loud;
    if (!heard && loud > A_VOICE) {
      heard = true;
      say("works", "heard");
    }
    if (running) running.frame = requestAnimationFrame(look);
  };
  look();
}

async function check() {
  stop();
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video: true, audio: true });
    device.hidden = false;
    picture.srcObject = stream;
    await picture.play();
    say("works");
    listen(stream);
  } catch (error) {
    const known = section.querySelector(`template[data-word="${error.name}"]`);
    say(known ? error.name : "other");
  }
}

function playNotes() {
  const audio = new AudioContext();
  const quiet = audio.createGain();
  quiet.gain.value = 0.2;
  quiet.connect(audio.destination);
  NOTES_HZ.forEach((pitch, index) => {
    const note = audio.createOscillator();
    note.frequency.value = pitch;
    note.connect(quiet);
    note.start(audio.currentTime + index * NOTE_SECONDS);
    note.stop(audio.currentTime + (index + 1) * NOTE_SECONDS);
    if (index === NOTES_HZ.length - 1) note.onended = () => audio.close();
  });
  say("sound");
}

if (section && navigator.mediaDevices?.getUserMedia) {
  section.querySelector("[data-without]").hidden = true;
  section.querySelector("[data-with]").hidden = false;
  section.querySelector("#check-camera").addEventListener("click", check);
  section.querySelector("#check-sound").addEventListener("click", playNotes);
  section.querySelector("#check-stop").addEventListener("click", () => {
    stop();
    section.querySelector("#check-camera").focus();
  });
  addEventListener("pagehide", stop);
}
