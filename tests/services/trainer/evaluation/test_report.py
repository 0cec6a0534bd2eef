from services.trainer.data.interactions import Interactions
from services.trainer.data.split import all_likes, split
from services.trainer.evaluation.report import build_report, describe_data
from shared.graph import Graph
from shared.job_records import Jobs
from shared.jobs import TrainRequest


def test_the_data_are_described_by_counts_that_are_known(data: Interactions) -> None:
    described = describe_data(data, split(data, 4.0), all_likes(data, 4.0), 4.0)

    assert described["fingerprint"] == data.fingerprint
    assert (described["users"], described["movies"], described["ratings"]) == (120, 60, 1_560)
    assert (described["likes"], described["users_with_likes"], described["movies_with_likes"]) == (1_440, 120, 60)
    assert described["validation"] == {"likes_known": 1_200, "likes_held_out": 120, "users": 120}
    assert described["test"] == {"likes_known": 1_320, "likes_held_out": 120, "users": 120}


def test_a_report_holds_what_every_stage_came_to(sqlite_graph: Graph) -> None:
    request = TrainRequest(seed=4)
    job, _ = Jobs(sqlite_graph).ask(request, lambda *_: None)

    report = build_report(
        job,
        request,
        {"users": 3},
        select={"recipe": {"seed": 4}, "trials": ["a curve"], "blends": ["a blend"], "tuned": None, "seconds": 1.0},
        evaluate={
            "metrics": {"ndcg_at_20": 0.5},
            "details": {"intervals": {}},
            "baselines": {"popularity": {}},
            "seconds": 2.0,
        },
        gate={"verdict": "passed", "reasons": ["better"], "seconds": 3.0},
        device="cpu: torch finds no GPU",
    )

    assert report["request"] == request.model_dump(exclude_none=True)
    assert (report["recipe"], report["data"], report["selection"]) == ({"seed": 4}, {"users": 3}, ["a curve"])
    assert (report["metrics"], report["baselines"]) == ({"ndcg_at_20": 0.5}, {"popularity": {}})
    assert report["device"] == "cpu: torch finds no GPU"
    assert report["linear_part"] == ["a blend"]
    assert report["details"] == {"intervals": {}}
    assert report["gate"] == {"verdict": "passed", "reasons": ["better"]}
    assert report["seconds"] == {"select": 1.0, "train_and_evaluate": 2.0, "gate": 3.0}
