"""Devices: what was asked for is what runs, or an error says what is missing."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import onnxruntime
import pytest

from runtime import DeviceError, ModelError, OptionError
from runtime.engine.model_registry import ModelFile, load_model
from runtime.engine.sessions import AUTO_ORDER, DEVICES, available_devices, open_session

CPU = "CPUExecutionProvider"
CUDA = "CUDAExecutionProvider"
TENSORRT = "TensorrtExecutionProvider"
ABSENT = [name for name, device in DEVICES.items() if device.providers[0] not in onnxruntime.get_available_providers()]


@pytest.fixture(scope="module")
def full():
    return load_model("full", "landmarks")


@pytest.fixture
def machine(monkeypatch):
    """A pretended onnxruntime: which providers it was built with, and which of them start."""

    def pretend(built, working=None, error=None):
        opened = []

        class Session:
            def __init__(self, content, options, providers, enable_fallback):
                if error is not None:
                    raise error
                opened.append((options, providers, enable_fallback))

            def get_providers(self):
                return list(built if working is None else working)

            def get_modelmeta(self):
                return SimpleNamespace(custom_metadata_map={})

            def get_inputs(self):
                return []

            def get_outputs(self):
                return []

        monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: list(built))
        monkeypatch.setattr(onnxruntime, "InferenceSession", Session)
        return opened

    return pretend


def strictness(options):
    return options.get_session_config_entry("session.disable_cpu_ep_fallback")


class TestOnThisMachine:
    def test_cpu(self, full):
        session = open_session(full, "cpu", threads=2)
        assert session.report.device == "cpu" and session.report.providers == (CPU,)
        assert session.report.threads == 2 and session.report.file == str(full.path)
        assert session.onnx.get_session_options().intra_op_num_threads == 2

    def test_threads_do_not_spin_between_frames(self, full):
        options = open_session(full, "cpu").onnx.get_session_options()
        assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"

    @pytest.mark.skipif(set(AUTO_ORDER) & set(available_devices()) != {"cpu"}, reason="this machine may have a GPU")
    def test_auto_takes_the_cpu_and_says_so(self, full):
        assert open_session(full, "auto").report.device == "cpu"

    @pytest.mark.parametrize("name", ABSENT)
    def test_absent_device_names_provider_and_package(self, full, name):
        with pytest.raises(DeviceError) as caught:
            open_session(full, name)
        message = str(caught.value)
        assert name in message and DEVICES[name].providers[0] in message
        assert f"pip install {DEVICES[name].package}" in message

    def test_unknown_device_lists_the_known(self, full):
        with pytest.raises(OptionError, match="no device 'gpu'; there are auto, cpu, cuda"):
            open_session(full, "gpu")

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("cuda:", "number from 0 is needed after the colon, as in 'cuda:1'"),
            ("cuda:-1", "number from 0"),
            ("cuda:x", "number from 0"),
            ("cuda:1.5", "number from 0"),
            ("tensorrt:GPU", "as in 'tensorrt:1'"),
            ("openvino:1", "as in 'openvino:GPU'"),
            ("cpu:0", "of 'cpu' there is one; leave out ':0'"),
            ("coreml:1", "of 'coreml' there is one"),
            ("auto:1", "no device 'auto:1'; there are auto, cpu, cuda"),
            ("", "no device ''"),
            (1, "a name is needed, such as 'cpu' or 'cuda:1'"),
            (["cuda"], "a name is needed"),
        ],
    )
    def test_malformed_device_names_the_remedy(self, full, name, words):
        with pytest.raises(OptionError) as caught:
            open_session(full, name)
        assert repr(name) in str(caught.value) and words in str(caught.value)

    def test_process_still_computes_with_small_numbers(self):
        # onnxruntime can make the calling thread flush denormal numbers to zero, for good and for everyone
        code = (
            "import numpy; from runtime import Predictor; Predictor()(numpy.zeros((9, 9, 3), numpy.uint8));"
            "print(numpy.float32(1e-40) * numpy.float32(1) > 0)"
        )
        result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert result.stdout == "True\n"


class TestGpuMachine:
    def test_auto_takes_cuda(self, full, machine):
        opened = machine([TENSORRT, CUDA, CPU], working=[CUDA, CPU])
        assert open_session(full, "auto").report.device == "cuda"
        assert len(opened) == 1

    def test_cuda_runs_every_node_or_fails(self, full, machine):
        opened = machine([CUDA, CPU])
        report = open_session(full, "cuda").report
        assert report.device == "cuda" and report.providers == (CUDA, CPU)
        options, providers, fallback = opened[0]
        assert providers == [CUDA] and strictness(options) == "1" and fallback == 0

    def test_tensorrt_leaves_to_cuda_what_it_cannot_run(self, full, machine):
        opened = machine([TENSORRT, CUDA, CPU])
        open_session(full, "tensorrt")
        assert opened[0][1] == [TENSORRT, CUDA] and strictness(opened[0][0]) == "1"

    @pytest.mark.parametrize(
        ("name", "built", "wanted"),
        [
            ("cuda:1", [CUDA], [(CUDA, {"device_id": "1"})]),
            ("cuda:0", [CUDA], [(CUDA, {"device_id": "0"})]),
            ("tensorrt:2", [TENSORRT, CUDA], [(TENSORRT, {"device_id": "2"}), (CUDA, {"device_id": "2"})]),
            (
                "openvino:GPU.1",
                ["OpenVINOExecutionProvider"],
                [("OpenVINOExecutionProvider", {"device_type": "GPU.1"}), CPU],
            ),
            ("directml:1", ["DmlExecutionProvider"], [("DmlExecutionProvider", {"device_id": "1"}), CPU]),
        ],
    )
    def test_one_of_several_cards(self, full, machine, name, built, wanted):
        opened = machine([*built, CPU])
        assert open_session(full, name).report.device == name
        assert opened[0][1] == wanted

    def test_card_that_is_not_there_is_an_error(self, full, machine):
        machine([CUDA, CPU], error=RuntimeError("CUDA failure 101: invalid device ordinal"))
        with pytest.raises(DeviceError, match="invalid device ordinal"):
            open_session(full, "cuda:7")

    @pytest.mark.parametrize("name", ["openvino", "coreml", "directml"])
    def test_others_leave_to_the_cpu_what_they_cannot_run(self, full, machine, name):
        provider = DEVICES[name].providers[0]
        opened = machine([provider, CPU])
        assert open_session(full, name).report.device == name
        options, providers, _ = opened[0]
        assert [item if isinstance(item, str) else item[0] for item in providers] == [provider, CPU]
        with pytest.raises(RuntimeError):
            strictness(options)

    @pytest.mark.parametrize(
        ("name", "wanted"),
        [
            ("openvino", {"num_of_threads": "3"}),
            ("openvino:CPU", {"device_type": "CPU", "num_of_threads": "3"}),
            ("openvino:GPU", {"device_type": "GPU"}),
        ],
    )
    def test_openvino_takes_no_more_threads_than_asked_for(self, full, machine, name, wanted):
        opened = machine(["OpenVINOExecutionProvider", CPU])
        open_session(full, name, threads=3)
        assert opened[0][1] == [("OpenVINOExecutionProvider", wanted), CPU]

    def test_silent_fallback_is_an_error(self, full, machine):
        machine([CUDA, CPU], working=[CPU])
        with pytest.raises(DeviceError, match=rf"{CUDA} was asked for but .* {CPU}: its driver"):
            open_session(full, "cuda")

    def test_failing_start_is_an_error(self, full, machine):
        machine([CUDA, CPU], error=RuntimeError("CUDA failure 35: driver too old\nand a long trace"))
        with pytest.raises(DeviceError, match=r"CUDA failure 35: driver too old; device='cpu' always works$"):
            open_session(full, "cuda")

    def test_auto_passes_over_a_gpu_that_does_not_start(self, full, machine, caplog):
        machine([CUDA, CPU], working=[CPU])
        with caplog.at_level("INFO", "runtime.engine.sessions"):
            assert open_session(full, "auto").report.device == "cpu"
        assert "auto passes over cuda" in caplog.text

    def test_custom_provider_that_falls_back_is_an_error(self, full, machine):
        machine([CUDA, CPU], working=[CPU])
        with pytest.raises(DeviceError, match=CUDA):
            open_session(full, providers=[CPU, CUDA])

    def test_custom_options_reach_onnxruntime(self, full, machine):
        opened = machine([CUDA, CPU])
        wanted = [(CUDA, {"device_id": 1, "cudnn_conv_algo_search": "HEURISTIC"}), CPU]
        assert open_session(full, providers=wanted).report.device == "custom"
        assert opened[0][1] == wanted


class TestProviders:
    @pytest.mark.parametrize("providers", [[CPU], (CPU,), [(CPU, {"arena_extend_strategy": "kSameAsRequested"})]])
    def test_onnxruntimes_own_list(self, full, providers):
        report = open_session(full, providers=providers).report
        assert report.device == "custom" and report.providers == (CPU,)

    # onnxruntime warns of the first two and passes over them, and prints and falls back for the last
    @pytest.mark.parametrize("providers", [[CUDA], [CPU, (CUDA, {"device_id": 0})], ["NoSuchProvider"]])
    @pytest.mark.filterwarnings("error")
    def test_absent_provider_is_never_passed_over(self, full, providers, capfd):
        if CUDA in onnxruntime.get_available_providers():
            pytest.skip("this onnxruntime has CUDA")
        with pytest.raises(DeviceError, match=r"CUDAExecutionProvider, .*onnxruntime-gpu|NoSuchProvider, .*check its"):
            open_session(full, providers=providers)
        assert capfd.readouterr() == ("", "")

    @pytest.mark.parametrize("providers", [[], (), CPU, [5], [(CPU,)], [(CPU, None)], [[CPU, {}]], [None], 5])
    def test_malformed_list_is_an_option_error(self, full, providers):
        with pytest.raises(OptionError, match="providers"):
            open_session(full, providers=providers)

    def test_excludes_device(self, full):
        with pytest.raises(OptionError, match="device='cpu' and providers= exclude each other"):
            open_session(full, "cpu", providers=[CPU])


class TestThreads:
    @pytest.mark.parametrize("threads", [0, -1, 1.5, True, "2", None, 2**40])
    def test_out_of_range(self, full, threads):
        with pytest.raises(OptionError, match="threads="):
            open_session(full, threads=threads)

    def test_number_of_threads_changes_no_bit(self, full):
        crops = np.random.default_rng(0).integers(0, 256, (2, 192, 192, 3), dtype=np.uint8)
        one, two = (open_session(full, "cpu", threads).onnx.run(None, {"image": crops}) for threads in (1, 2))
        for first, second in zip(one, two, strict=True):
            np.testing.assert_allclose(first, second, atol=1e-4)


class TestBrokenFiles:
    @pytest.mark.parametrize("cut", [0, 1, 100, 10_000, -1000, -1])
    def test_cut_file(self, full, cut):
        with pytest.raises(ModelError, match="onnxruntime cannot load it"):
            open_session(ModelFile("cut", full.path, full.content[:cut]), "cpu")

    def test_text(self, full):
        with pytest.raises(ModelError, match="not-a-model"):
            open_session(ModelFile("text", full.path.with_name("not-a-model"), b"version https://git-lfs"), "cpu")

    def test_is_no_fault_of_the_device(self, full, machine):
        from onnxruntime.capi.onnxruntime_pybind11_state import InvalidProtobuf

        machine([CUDA, CPU], error=InvalidProtobuf("protobuf parsing failed"))
        with pytest.raises(ModelError, match="protobuf parsing failed"):
            open_session(full, "cuda")
